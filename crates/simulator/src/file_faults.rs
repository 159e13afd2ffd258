//! What can go wrong with a file, chosen by its name: `simulate-put-403.png` is refused by the blob
//! host, whoever sends it. The routes of files, links and audio look here.

use crate::faults::FaultInfo;

const fn fault(name: &'static str, summary: &'static str) -> FaultInfo {
    FaultInfo { name, summary }
}

const FAULTS: [FaultInfo; 16] = [
    fault(
        "simulate-create-error",
        "200: announcing the file is refused in a reply with `status: error`",
    ),
    fault(
        "simulate-create-429",
        "429: the limit of uploads is reached",
    ),
    fault("simulate-create-500", "500: announcing the file fails"),
    fault("simulate-put-403", "403: the blob host refuses the content"),
    fault(
        "simulate-put-503",
        "503: the blob host is busy the first time, and not the second",
    ),
    fault("simulate-put-stall", "the blob host never answers"),
    fault(
        "simulate-finish-error",
        "200: finishing the upload fails, with `status: error` or a failed event",
    ),
    fault("simulate-indexing-never", "the index is never finished"),
    fault("simulate-indexing-failed", "the index fails"),
    fault(
        "simulate-download-error",
        "200: asking for a link is refused in a reply with `status: error`",
    ),
    fault(
        "simulate-download-expired",
        "403: the link has expired when it is given out",
    ),
    fault(
        "simulate-download-drop",
        "the content breaks off in the middle",
    ),
    fault(
        "simulate-download-stall",
        "the content stops coming in the middle",
    ),
    fault(
        "simulate-transcribe-error",
        "500: the recording cannot be transcribed",
    ),
    fault(
        "simulate-transcribe-429",
        "429: the limit of dictation is reached",
    ),
    fault(
        "simulate-synthesize-error",
        "500: a message whose text holds this cannot be read out",
    ),
];

/// All faults of files; the name of a fault is the beginning of a file's name, before the dot.
pub fn file_faults() -> &'static [FaultInfo] {
    &FAULTS
}

/// The fault a file's name asks for, or an empty text.
pub(crate) fn asked_for(file_name: &str) -> &'static str {
    let stem = file_name.split('.').next().unwrap_or_default();
    let found = FAULTS.iter().find(|fault| fault.name == stem);
    found.map_or("", |fault| fault.name)
}

/// The fault a text that is to be read out asks for, or an empty text.
pub(crate) fn in_text(text: &str) -> &'static str {
    let found = FAULTS.iter().find(|fault| text.contains(fault.name));
    found.map_or("", |fault| fault.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_before_the_dot_decides() {
        assert_eq!(asked_for("simulate-put-403.tar.gz"), "simulate-put-403");
        assert_eq!(asked_for("simulate-put-403"), "simulate-put-403");
        assert_eq!(asked_for("my simulate-put-403.png"), "");
        assert_eq!(asked_for(""), "");
    }

    #[test]
    fn names_are_unique() {
        for (index, fault) in FAULTS.iter().enumerate() {
            let mut before = FAULTS[..index].iter();
            assert!(before.all(|other| other.name != fault.name));
        }
    }
}
