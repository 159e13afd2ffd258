//! Names nobody knows, gathered while a stream is read.
//!
//! They are signs that the private protocol has changed. Bounded, because upstream chooses
//! them. Read by the driver through `WebReader::take_unknown`.

use chatgpt::known::{Unknown, UnknownKind, unknown};
use chatgpt::message::{Message, Part};

/// More different names are not told apart.
const MAX_NAMES: usize = 64;

/// Longer names are not told.
const MAX_NAME_CHARS: usize = 64;

/// The names of one stream.
#[derive(Debug, Default)]
pub(super) struct UnknownNames {
    seen: Vec<Unknown>,
    handed_out: usize,
}

impl UnknownNames {
    /// Takes note of a name, if it is not known.
    pub(super) fn note(&mut self, kind: UnknownKind, name: &str) {
        let Some(mut name) = unknown(kind, name) else {
            return;
        };
        let is_fit = name.name.len() <= MAX_NAME_CHARS
            && name
                .name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b));
        if !is_fit {
            name.name = "other".into();
        }
        if self.seen.len() < MAX_NAMES && !self.seen.contains(&name) {
            self.seen.push(name);
        }
    }

    /// Takes note of the names in a message.
    pub(super) fn note_message(&mut self, message: &Message<'_>) {
        let content_type = message.content.content_type.text();
        self.note(UnknownKind::ContentType, content_type);
        self.note(UnknownKind::Status, message.status.text());
        for part in &message.content.parts.0 {
            if let Part::Asset(asset) = part {
                self.note(UnknownKind::ContentType, asset.content_type.text());
            }
        }
        for reference in message.metadata.content_references.objects() {
            self.note(UnknownKind::ReferenceType, reference.kind.text());
        }
    }

    /// Hands out the names that are new.
    pub(super) fn take(&mut self) -> Vec<Unknown> {
        let from = std::mem::replace(&mut self.handed_out, self.seen.len());
        self.seen[from..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use chatgpt::known::UnknownKind;

    use super::UnknownNames;

    #[test]
    fn each_name_is_told_once_and_what_is_no_name_as_other() {
        let mut names = UnknownNames::default();
        let long = "x".repeat(65);
        for name in ["new_type", "text", "", "new_type", "a b", "名", &long] {
            names.note(UnknownKind::ContentType, name);
        }
        let told: Vec<String> = names.take().into_iter().map(|it| it.name).collect();
        assert_eq!(told, ["new_type", "other"]);
        names.note(UnknownKind::Status, "new_type");
        assert_eq!(names.take().len(), 1);
        for number in 0..100 {
            names.note(UnknownKind::EventType, &number.to_string());
        }
        assert_eq!(names.take().len(), 61);
    }
}
