//! Files a caller uploaded: `/v1/files`.
//!
//! Where they are kept, and for whom, is not known here. Used by `api`.

use serde::Serialize;

/// What a caller may upload a file for.
pub const PURPOSES: [&str; 6] = [
    "assistants",
    "batch",
    "fine-tune",
    "vision",
    "user_data",
    "evals",
];

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// What to call it in requests.
    pub id: String,
    /// Always `file`.
    pub object: &'static str,
    /// How long it is.
    pub bytes: u64,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds; `null` for never.
    pub expires_at: Option<u64>,
    /// The name it was uploaded with.
    pub filename: String,
    /// One of [`PURPOSES`].
    pub purpose: String,
    /// Always `processed`; out of use, but clients read it.
    pub status: &'static str,
    /// Always `null`; out of use as well.
    pub status_details: Option<String>,
}

/// A page of `GET /v1/files`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileList {
    /// Always `list`.
    pub object: &'static str,
    /// The files.
    pub data: Vec<File>,
    /// The first of `data`.
    pub first_id: Option<String>,
    /// The last of `data`: what to send as `after` for the next page.
    pub last_id: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// What is left of a file that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDeleted {
    /// What it was called.
    pub id: String,
    /// Always `file`.
    pub object: &'static str,
    /// Always `true`.
    pub deleted: bool,
}
