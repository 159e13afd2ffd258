//! A recording in a form, with its type told by its bytes.
//!
//! Used by `api` and `gateway`, where speech is written down.

use bytes::BytesMut;
use futures_util::TryStreamExt;
use openai::error::InvalidRequest;
use transcode::attachment_type::{self, Claim, HEAD_BYTES};
use transcode::turn::AttachmentKind;
use upstream::{FileContent, FileRole, PreparedFile};

use crate::api_error::ApiError;
use crate::multipart::Part;

/// Upstream takes no longer recordings.
const MAX_BYTES: u64 = 25 << 20;

/// Reads the part `file` of a form.
pub async fn read(part: Part) -> Result<PreparedFile, ApiError> {
    let name = part.file_name().map(str::to_owned);
    let pieces = part.into_stream(MAX_BYTES);
    let bytes = pieces
        .try_fold(BytesMut::new(), async |mut whole, piece| {
            whole.extend_from_slice(&piece);
            Ok(whole)
        })
        .await?
        .freeze();
    let claim = Claim {
        kind: AttachmentKind::Audio,
        mime: None,
        name: name.as_deref(),
        size: bytes.len() as u64,
    };
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let identified = attachment_type::identify(head, claim)
        .map_err(|unfit| InvalidRequest::parameter("file", format!("file: {unfit}")))?;
    let extension = attachment_type::extension(&identified.mime);
    Ok(PreparedFile {
        path: "file".to_owned(),
        name: name.unwrap_or_else(|| format!("recording.{extension}")),
        mime: identified.mime,
        size: bytes.len() as u64,
        role: FileRole::Recording,
        content: FileContent::Bytes(bytes),
    })
}
