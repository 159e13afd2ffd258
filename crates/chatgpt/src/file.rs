//! Files on their way up and down: the bodies of the file routes, and what a file is used for.
//!
//! Read and written by `upstream`. Protocol: files and audio.

use serde::{Deserialize, Serialize};

/// What a file is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UseCase {
    /// A picture the model looks at.
    Multimodal,
    /// A document that is indexed and searched.
    MyFiles,
    /// Data for the code interpreter.
    AceUpload,
}

/// Types of documents that upstream indexes, besides text.
const DOCUMENTS: &[&str] = &[
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.text",
    "application/rtf",
    "application/json",
    "application/xml",
    "application/x-tex",
    "application/x-latex",
    "application/x-sh",
    "application/javascript",
    "application/typescript",
    "application/x-python-code",
    "message/rfc822",
];

/// Text that is data rather than a document.
const TABLES: &[&str] = &["text/csv", "text/tab-separated-values"];

/// Pictures the model can look at.
pub const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/webp", "image/gif"];

impl UseCase {
    /// What a file of this type is used for.
    pub fn of(mime: &str) -> Self {
        if PICTURES.contains(&mime) {
            Self::Multimodal
        } else if DOCUMENTS.contains(&mime)
            || (mime.starts_with("text/") && !TABLES.contains(&mime))
        {
            Self::MyFiles
        } else {
            Self::AceUpload
        }
    }

    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Multimodal => "multimodal",
            Self::MyFiles => "my_files",
            Self::AceUpload => "ace_upload",
        }
    }
}

/// `POST /backend-api/files`
#[derive(Debug, Serialize)]
pub struct CreateFile<'a> {
    /// The file's name.
    pub file_name: &'a str,
    /// Bytes.
    pub file_size: u64,
    /// What for.
    pub use_case: UseCase,
    /// Always false: a limit is never reset.
    pub reset_rate_limits: bool,
}

/// What the file routes answer; which fields are there depends on the route.
#[derive(Debug, Default, Deserialize)]
pub struct FileAnswer {
    /// `success` or `error`.
    #[serde(default)]
    pub status: Option<String>,
    /// Where to put the bytes.
    #[serde(default)]
    pub upload_url: Option<String>,
    /// The new file's id.
    #[serde(default)]
    pub file_id: Option<String>,
    /// Where to get the bytes.
    #[serde(default)]
    pub download_url: Option<String>,
    /// The file's name.
    #[serde(default)]
    pub file_name: Option<String>,
    /// Bytes.
    #[serde(default)]
    pub file_size_bytes: Option<u64>,
    /// Its type.
    #[serde(default)]
    pub mime_type: Option<String>,
    /// Upstream's word for what is wrong.
    #[serde(default)]
    pub error_code: Option<String>,
    /// Upstream's sentence.
    #[serde(default)]
    pub error_message: Option<String>,
}

impl FileAnswer {
    /// Whether it says that something went wrong.
    pub fn is_error(&self) -> bool {
        self.status.as_deref() == Some("error") || self.error_code.is_some()
    }
}

/// `POST /backend-api/files/process_upload_stream`
#[derive(Debug, Serialize)]
pub struct ProcessUpload<'a> {
    /// The file.
    pub file_id: &'a str,
    /// Its name.
    pub file_name: &'a str,
    /// What for.
    pub use_case: UseCase,
    /// Whether it is to be indexed.
    pub index_for_retrieval: bool,
    /// Where in the page a person would have added it.
    pub entry_surface: &'static str,
}

/// `GET /backend-api/files/{id}`
#[derive(Debug, Default, Deserialize)]
pub struct FileState {
    /// `success` when a document can be searched.
    #[serde(default)]
    pub retrieval_index_status: Option<String>,
    /// How many tokens it has.
    #[serde(default)]
    pub file_size_tokens: Option<u64>,
}

/// The id in an asset pointer: `file-service://file-…` or `sediment://file_…`.
pub fn pointer_id(pointer: &str) -> &str {
    let id = pointer.split_once("://").map_or(pointer, |(_, id)| id);
    id.split(['?', '#']).next().unwrap_or(id)
}

/// Whether a pointer is of the newer kind, which is downloaded by way of its conversation.
pub fn is_sediment(pointer: &str) -> bool {
    pointer.starts_with("sediment://")
}

#[cfg(test)]
mod tests {
    use super::{UseCase, is_sediment, pointer_id};

    #[test]
    fn pictures_documents_and_data_have_their_uses() {
        for (mime, use_case) in [
            ("image/png", UseCase::Multimodal),
            ("image/svg+xml", UseCase::AceUpload),
            ("application/pdf", UseCase::MyFiles),
            ("text/markdown", UseCase::MyFiles),
            ("text/csv", UseCase::AceUpload),
            ("application/zip", UseCase::AceUpload),
            ("application/octet-stream", UseCase::AceUpload),
        ] {
            assert_eq!(UseCase::of(mime), use_case, "{mime}");
        }
    }

    #[test]
    fn a_pointer_holds_an_id() {
        for (pointer, id) in [
            ("file-service://file-Ab1", "file-Ab1"),
            ("sediment://file_0000#p=1", "file_0000"),
            ("file-bare", "file-bare"),
        ] {
            assert_eq!(pointer_id(pointer), id);
        }
        assert!(is_sediment("sediment://x") && !is_sediment("file-service://x"));
    }
}
