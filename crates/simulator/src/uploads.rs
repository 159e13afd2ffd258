//! The files a simulator was sent: who owns each, how far its upload has come, and the content of
//! small ones. Finds them and changes them; which change is allowed when, the routes decide.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

/// Files up to this many bytes are kept whole; of larger ones only size and digest.
pub(crate) const LARGEST_HELD: u64 = 1024 * 1024;

/// How many files are remembered; beyond it the oldest is forgotten.
const MOST_FILES: usize = 1000;

/// How many contents are kept; beyond it the oldest is let go, and its file stays.
const MOST_HELD: usize = 64;

/// A file as it was announced, and what has come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its id, `file-…` or `file_…`.
    pub id: String,
    /// The id of the account it belongs to.
    pub account_id: String,
    /// Its name, as announced.
    pub name: String,
    /// Its size in bytes, as announced; what does not have this size is refused.
    pub size: u64,
    /// `multimodal`, `my_files` or `ace_upload`.
    pub use_case: String,
    /// Its type, if it was announced or sent with the content.
    pub mime_type: Option<String>,
    /// The digest of its content in hexadecimal, once that has arrived.
    pub sha256: Option<String>,
    /// Whether the upload was reported as finished, so that messages may name it.
    pub finished: bool,
    /// Whether it has been seen to be indexed for retrieval.
    pub indexed: bool,
}

/// A file and what only the simulator knows of it.
pub(crate) struct Upload {
    pub(crate) file: UploadedFile,
    /// When it was announced, since 1970.
    pub(crate) created: Duration,
    /// How often its index was looked at.
    pub(crate) polls: u32,
}

/// All files.
#[derive(Default)]
pub(crate) struct Uploads {
    files: HashMap<String, Upload>,
    by_age: VecDeque<String>,
    held: VecDeque<(String, Bytes)>,
}

impl Uploads {
    /// Remembers a file that is going to be sent.
    pub(crate) fn announce(&mut self, file: UploadedFile, created: Duration) {
        self.by_age.push_back(file.id.clone());
        let upload = Upload {
            created,
            polls: 0,
            file,
        };
        self.files.insert(upload.file.id.clone(), upload);
        while self.files.len() > MOST_FILES {
            match self.by_age.pop_front() {
                Some(oldest) => self.files.remove(&oldest),
                None => break,
            };
        }
    }

    /// Any account's file.
    pub(crate) fn get(&self, id: &str) -> Option<&Upload> {
        self.files.get(id)
    }

    /// A file of one account.
    pub(crate) fn of_account(&self, id: &str, account_id: &str) -> Option<&Upload> {
        self.get(id)
            .filter(|upload| upload.file.account_id == account_id)
    }

    /// A file of one account, to be changed.
    pub(crate) fn of_account_mut(&mut self, id: &str, account_id: &str) -> Option<&mut Upload> {
        self.files
            .get_mut(id)
            .filter(|upload| upload.file.account_id == account_id)
    }

    /// Notes that a file's content has arrived, and keeps the content if it is given.
    pub(crate) fn store(&mut self, id: &str, arrived: Arrived) {
        let Some(upload) = self.files.get_mut(id) else {
            return;
        };
        upload.file.sha256 = Some(arrived.sha256);
        if upload.file.mime_type.is_none() {
            upload.file.mime_type = arrived.content_type;
        }
        self.held.retain(|(held, _)| held != id);
        if let Some(content) = arrived.content {
            self.held.push_back((id.to_owned(), content));
            if self.held.len() > MOST_HELD {
                self.held.pop_front();
            }
        }
    }

    /// A file's content, if it is still kept.
    pub(crate) fn content(&self, id: &str) -> Option<Bytes> {
        let found = self.held.iter().find(|(held, _)| held == id);
        found.map(|(_, content)| content.clone())
    }

    /// All files, oldest first.
    pub(crate) fn all(&self) -> Vec<UploadedFile> {
        let files = self.by_age.iter().filter_map(|id| self.files.get(id));
        files.map(|upload| upload.file.clone()).collect()
    }
}

/// The content of a file as it came.
pub(crate) struct Arrived {
    pub(crate) sha256: String,
    pub(crate) content_type: Option<String>,
    /// The whole of it, if it is small enough to be kept.
    pub(crate) content: Option<Bytes>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str) -> UploadedFile {
        UploadedFile {
            id: id.to_owned(),
            account_id: "account".to_owned(),
            name: "a.txt".to_owned(),
            size: 1,
            use_case: "my_files".to_owned(),
            mime_type: None,
            sha256: None,
            finished: false,
            indexed: false,
        }
    }

    fn arrived() -> Arrived {
        Arrived {
            sha256: "00".to_owned(),
            content_type: Some("text/plain".to_owned()),
            content: Some(Bytes::from_static(b"x")),
        }
    }

    #[test]
    fn the_oldest_files_and_contents_are_let_go() {
        let mut uploads = Uploads::default();
        for number in 0..=MOST_FILES {
            let id = number.to_string();
            uploads.announce(file(&id), Duration::ZERO);
            uploads.store(&id, arrived());
        }
        assert!(uploads.get("0").is_none());
        assert_eq!(uploads.all().len(), MOST_FILES);
        let kept = (0..=MOST_FILES).filter(|number| uploads.content(&number.to_string()).is_some());
        assert_eq!(kept.count(), MOST_HELD);
    }

    #[test]
    fn what_arrives_names_the_type_if_nobody_did() {
        let mut uploads = Uploads::default();
        uploads.announce(file("a"), Duration::ZERO);
        uploads.store("a", arrived());
        let stored = &uploads.all()[0];
        assert_eq!(stored.mime_type.as_deref(), Some("text/plain"));
        assert_eq!(stored.sha256.as_deref(), Some("00"));
        assert!(uploads.of_account("a", "other").is_none());
    }
}
