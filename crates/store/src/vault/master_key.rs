//! The master key: given by the operator, or kept in a file of the data folder.
//!
//! It seals the data keys and nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use super::seal::Key;
use crate::chance::Chance;
use crate::database_error::DatabaseError;
use crate::durable;

/// The file in the data folder.
const FILE: &str = "master.key";

/// Its successor, while it takes its place.
const NEXT_FILE: &str = "master.key.next";

/// Where the master key is.
#[derive(Debug, Clone)]
pub enum MasterKey {
    /// `FLOWGPT_MASTER_KEY`: 32 bytes in base64 or hexadecimal.
    Given(SecretString),
    /// `master.key` in this data folder, made when there is no database yet.
    InFolder(PathBuf),
}

impl MasterKey {
    /// Whether there is one in the data folder, from an earlier start.
    pub(crate) fn is_kept(&self) -> Result<bool, DatabaseError> {
        Ok(matches!(self, Self::InFolder(_)) && !self.candidates()?.is_empty())
    }

    /// The keys to try, the likeliest first; none when there is no file.
    pub(super) fn candidates(&self) -> Result<Vec<Key>, DatabaseError> {
        match self {
            Self::Given(text) => Ok(vec![parse(text)?]),
            Self::InFolder(folder) => {
                let files = [FILE, NEXT_FILE].map(|name| read(&folder.join(name)));
                let found: Result<Vec<_>, _> = files.into_iter().collect();
                Ok(found?.into_iter().flatten().collect())
            }
        }
    }

    /// The key of a new database; a file is made if there is none.
    pub(super) fn first(&self, chance: &Chance) -> Result<Key, DatabaseError> {
        if let Some(key) = self.candidates()?.into_iter().next() {
            return Ok(key);
        }
        match self {
            Self::Given(text) => parse(text),
            Self::InFolder(folder) => {
                let key: [u8; 32] = chance.bytes().map_err(unreadable)?;
                durable::write(&folder.join(FILE), &key).map_err(unreadable)?;
                Ok(Key::new(key))
            }
        }
    }

    /// Why there is no key to try.
    pub(super) fn missing(&self) -> DatabaseError {
        match self {
            Self::Given(_) => DatabaseError::WrongMasterKey,
            Self::InFolder(folder) => DatabaseError::NoMasterKey(folder.join(FILE)),
        }
    }

    /// Writes a successor down before anything is sealed with it; `None` when it is given.
    pub(super) fn write_next(&self, chance: &Chance) -> Result<Option<Key>, DatabaseError> {
        let Self::InFolder(folder) = self else {
            return Ok(None);
        };
        let key: [u8; 32] = chance.bytes().map_err(unreadable)?;
        durable::write(&folder.join(NEXT_FILE), &key).map_err(unreadable)?;
        Ok(Some(Key::new(key)))
    }

    /// Puts the key that opened the database into its file.
    pub(super) fn settle(&self, key: &Key) -> Result<(), DatabaseError> {
        let Self::InFolder(folder) = self else {
            return Ok(());
        };
        let current = read(&folder.join(FILE))?;
        if current.is_none_or(|current| current.bytes() != key.bytes()) {
            durable::write(&folder.join(FILE), key.bytes()).map_err(unreadable)?;
        }
        durable::remove(&folder.join(NEXT_FILE)).map_err(unreadable)
    }
}

/// Reads 32 bytes in base64 or hexadecimal.
pub(super) fn parse(text: &SecretString) -> Result<Key, DatabaseError> {
    let text = text.expose_secret().trim();
    let bytes = match text.len() {
        64 => (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
            .collect(),
        _ => STANDARD
            .decode(text)
            .or_else(|_| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')))
            .ok(),
    };
    let bytes: Option<[u8; 32]> = bytes.and_then(|it: Vec<u8>| it.try_into().ok());
    bytes.map(Key::new).ok_or_else(|| {
        DatabaseError::MasterKey(
            "FLOWGPT_MASTER_KEY is not 32 bytes in base64 or hexadecimal; make one with \
             `openssl rand -base64 32`"
                .to_owned(),
        )
    })
}

fn read(path: &Path) -> Result<Option<Key>, DatabaseError> {
    match fs::read(path) {
        Ok(bytes) => match <[u8; 32]>::try_from(bytes) {
            Ok(key) => Ok(Some(Key::new(key))),
            Err(bytes) => Err(DatabaseError::MasterKey(format!(
                "{} has {} bytes instead of 32; put the right file back",
                path.display(),
                bytes.len(),
            ))),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DatabaseError::MasterKey(format!(
            "{} cannot be read: {error}",
            path.display()
        ))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over results")]
fn unreadable(reason: std::io::Error) -> DatabaseError {
    DatabaseError::MasterKey(format!("the master key cannot be made: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_key_is_read_in_base64_with_or_without_padding_and_in_hexadecimal() {
        let hexadecimal = "07".repeat(32);
        let base64 = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
        for text in [hexadecimal.as_str(), base64, base64.trim_end_matches('=')] {
            assert_eq!(parse(&text.into()).unwrap().bytes(), &[7; 32], "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_way_to_make_one() {
        for text in ["", "secret", "zz".repeat(32).as_str(), "BwcHBwc="] {
            let said = parse(&text.into()).unwrap_err().to_string();
            assert!(said.contains("openssl rand -base64 32"), "{said}");
        }
    }
}
