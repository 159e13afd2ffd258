//! Files that go up inside a body: all of their bytes, from wherever they are.
//!
//! Called by the drivers whose servers keep no files of the caller's.

use bytes::Bytes;
use transcode::request::inline_file::{InlineFile, InlineKind, Unservable};

use crate::failure::{Failure, FailureKind, Retry};
use crate::prepared_file::{FileContent, FileRole, PreparedFile};

/// A body with more than this in it is taken by nobody.
const MAX_TOTAL_BYTES: u64 = 50 << 20;

/// Reads all files of a turn, in order.
pub(crate) async fn read_all(files: &[PreparedFile]) -> Result<Vec<InlineFile>, Failure> {
    let total: u64 = files.iter().map(|file| file.size).sum();
    if total > MAX_TOTAL_BYTES {
        return Err(failed(format!(
            "the attached files have {total} bytes together; at most {MAX_TOTAL_BYTES} can be sent \
             to this upstream"
        )));
    }
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        read.push(InlineFile {
            path: file.path.clone(),
            name: file.name.clone(),
            mime: file.mime.clone(),
            kind: match file.role {
                FileRole::Image(..) => InlineKind::Picture,
                FileRole::Recording => InlineKind::Recording,
                FileRole::Document => InlineKind::Document,
            },
            bytes: bytes_of(file).await?,
        });
    }
    Ok(read)
}

async fn bytes_of(file: &PreparedFile) -> Result<Bytes, Failure> {
    let path = match &file.content {
        FileContent::Bytes(bytes) => return Ok(bytes.clone()),
        FileContent::Path(path) => path,
    };
    let read = tokio::fs::read(path).await;
    read.map(Bytes::from).map_err(|_| {
        let place = &file.path;
        let what = "the gateway's copy of the file cannot be read";
        failed(format!("{place}: {what}"))
    })
}

/// A part of the turn has no place in the body.
pub(crate) fn unservable(part: &Unservable) -> Failure {
    Failure::new(FailureKind::Rejected, Retry::Never, part.to_string())
}

fn failed(message: String) -> Failure {
    Failure::new(FailureKind::FileUpload, Retry::Never, message)
}
