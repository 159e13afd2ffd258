//! A capture: a session's exchanges in order, and the folder of files it is kept in.
//!
//! Turns names and texts of files into values and back; reading and writing the disk is the
//! caller's. Called by `flowgpt record` and `flowgpt replay`.

use serde::{Deserialize, Serialize};

use crate::exchange::Exchange;

/// The file that says what the folder is.
pub const MANIFEST: &str = "capture.json";

/// The version of the format that is written and read.
pub const FORMAT: u32 = 1;

/// A session's exchanges.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// What the folder says of itself.
    pub manifest: Manifest,
    /// The exchanges with the names of their files, in order.
    pub exchanges: Vec<(String, Exchange)>,
}

/// What a capture's folder says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The version of FlowGPT that recorded it.
    pub flowgpt: String,
    /// When the recording began, in seconds since 1970.
    pub recorded_at: u64,
    /// Whether what people and models wrote was kept.
    #[serde(default)]
    pub keeps_text: bool,
}

/// Why a folder is not a capture.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCapture {
    /// It does not say that it is one.
    #[error("there is no {MANIFEST} in it, so it is not a capture")]
    NoManifest,
    /// Its format is another one.
    #[error("its format is version {0}, and this program reads version {FORMAT}")]
    OtherFormat(u32),
    /// A file is not what it should be.
    #[error("{file} cannot be read: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl Capture {
    /// Reads the files of a folder, given as names and texts in any order.
    pub fn read(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidCapture> {
        let mut manifest = None;
        let mut exchanges = Vec::new();
        for (file, text) in files {
            if file == MANIFEST {
                manifest = Some(parsed::<Manifest>(&file, &text)?);
            } else if file.strip_suffix(".json").is_some() {
                let exchange = parsed(&file, &text)?;
                exchanges.push((file, exchange));
            }
        }
        let manifest = manifest.ok_or(InvalidCapture::NoManifest)?;
        if manifest.format != FORMAT {
            return Err(InvalidCapture::OtherFormat(manifest.format));
        }
        // Numbers have at least four digits, so longer names of higher numbers come last.
        exchanges.sort_by(|(one, _), (other, _)| number(one).cmp(&number(other)));
        Ok(Self {
            manifest,
            exchanges,
        })
    }
}

fn number(file: &str) -> (u64, &str) {
    let number = file.split('-').next().and_then(|it| it.parse().ok());
    (number.unwrap_or(u64::MAX), file)
}

fn parsed<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, InvalidCapture> {
    serde_json::from_str(text).map_err(|error| InvalidCapture::Unreadable {
        file: file.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::{Capture, InvalidCapture};

    const MANIFEST: &str = r#"{"format":1,"flowgpt":"0.1.0","recorded_at":1}"#;
    const EXCHANGE: &str = r#"{"method":"GET","path":"/x","status":200}"#;

    fn read(files: &[(&str, &str)]) -> Result<Capture, InvalidCapture> {
        let files = files.iter();
        Capture::read(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn exchanges_come_in_the_order_of_their_numbers() {
        let capture = read(&[
            ("10000-GET-x.json", EXCHANGE),
            ("0002-GET-x.json", EXCHANGE),
            ("capture.json", MANIFEST),
            ("notes.txt", "mine"),
        ])
        .unwrap();
        let names: Vec<&str> = capture.exchanges.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(names, ["0002-GET-x.json", "10000-GET-x.json"]);
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_named() {
        let newer = MANIFEST.replace(":1,", ":2,");
        for (files, expected) in [
            (
                vec![("0001-GET-x.json", EXCHANGE)],
                "there is no capture.json",
            ),
            (vec![("capture.json", newer.as_str())], "version 2"),
            (
                vec![("capture.json", MANIFEST), ("a.json", "{")],
                "a.json cannot be read",
            ),
        ] {
            let said = read(&files).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }
}
