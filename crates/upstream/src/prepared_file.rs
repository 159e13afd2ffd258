//! A file that is ready to be sent up: its bytes are here, and what it is has been looked at.
//!
//! Made by `api` from what a caller attached; uploaded by the drivers.

use std::path::PathBuf;

use bytes::Bytes;

/// A file that is ready to be sent up.
#[derive(Debug, Clone)]
pub struct PreparedFile {
    /// Where the caller's body names it, as in `messages[0].content[1]`.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its type, by its content.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// What it is used as.
    pub role: FileRole,
    /// Its bytes.
    pub content: FileContent,
}

/// What a file is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// A picture of this size in pixels.
    Image(u32, u32),
    /// Speech, which is written down.
    Recording,
    /// Anything else.
    Document,
}

/// The bytes of a file.
#[derive(Debug, Clone)]
pub enum FileContent {
    /// In memory.
    Bytes(Bytes),
    /// In a file of the gateway's, read piece by piece.
    Path(PathBuf),
}
