//! A file that goes up inside a body, because the server keeps none of the caller's.
//!
//! Made by `upstream`'s drivers from what was attached, in the order it stands in the turn's
//! messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// A file with all of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineFile {
    /// Where the caller's body names it, as in `messages[0].content[1]`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its type, by its content.
    pub mime: String,
    /// What it is used as.
    pub kind: InlineKind,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What a file is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InlineKind {
    /// A picture.
    Picture,
    /// Speech.
    Recording,
    /// Anything else.
    Document,
}

/// A part of a turn that a server has no place for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}")]
pub struct Unservable {
    /// Where the caller's body names it.
    pub path: String,
    /// What is wrong with it.
    pub what: &'static str,
}

impl InlineFile {
    pub(super) fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    pub(super) fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.mime, self.base64())
    }
}
