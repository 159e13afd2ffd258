//! What is known about one file, as it stands in its record on disk.

use serde::{Deserialize, Serialize};

use super::incoming::Received;
use crate::store_error::StoreError;

/// How an id begins, as in the OpenAI API.
const PREFIX: &str = "file-";
const ID_CHARACTERS: usize = 24;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Longer texts are refused.
const MAX_NAME_BYTES: usize = 1024;
const MAX_WORD_BYTES: usize = 256;

/// What whoever stores a file says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Whose it is; opaque.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is for, such as `user_data`.
    pub purpose: String,
    /// Its type, such as `text/plain`.
    pub mime: String,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds; it is gone from then on.
    pub expires_at: Option<u64>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// `file-` and 24 letters and digits.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// What its owner calls it; not a path here.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its type, as was said when it was stored.
    pub mime: String,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of its contents, in hex.
    pub sha256: String,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds; it is gone from then on.
    pub expires_at: Option<u64>,
    /// Tells files of the same second apart by their order.
    pub(super) serial: u64,
}

impl NewFile {
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (what, text, limit) in [
            ("the owner", &self.owner, MAX_WORD_BYTES),
            ("the file's name", &self.name, MAX_NAME_BYTES),
            ("the purpose", &self.purpose, MAX_WORD_BYTES),
            ("the file's type", &self.mime, MAX_WORD_BYTES),
        ] {
            if text.len() > limit {
                return Err(StoreError::TooLong(what));
            }
        }
        Ok(())
    }
}

impl FileRecord {
    pub(super) fn new(new: NewFile, received: &Received, serial: u64) -> Self {
        Self {
            id: received.id().to_owned(),
            owner: new.owner,
            name: new.name,
            purpose: new.purpose,
            mime: new.mime,
            bytes: received.bytes(),
            sha256: received.sha256().to_owned(),
            created_at: new.created_at,
            expires_at: new.expires_at,
            serial,
        }
    }

    pub(super) fn is_expired_at(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// An id made of random bytes.
pub(super) fn id(random: &[u8; ID_CHARACTERS]) -> String {
    let characters = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
    PREFIX.chars().chain(characters).collect()
}
