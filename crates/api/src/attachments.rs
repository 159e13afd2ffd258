//! From what a caller attached to files that are ready to be sent up.
//!
//! Fetches what is on the web, opens what is in the gateway's files, and looks at what each
//! one really is. Done once for a request, whichever accounts are then tried. One that cannot
//! be had fails the request with its place in the body.

use std::sync::atomic::{AtomicU64, Ordering};

use accounts::Caller;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use openai::error::InvalidRequest;
use store::StoreError;
use tokio::io::AsyncReadExt;
use transcode::attachment_type::{self, Claim, HEAD_BYTES, Identified};
use transcode::turn::{Attachment, AttachmentSource, Turn, TurnMessage};
use upstream::{FileContent, FileRole, PreparedFile};
use web::{ApiError, ErrorClass};

use crate::Api;
use crate::files::base_name;
use crate::proven_caller::owner_of;

/// Files fetched or opened at once.
const AT_ONCE: usize = 4;

/// All attachments of a request that are held in memory.
pub(crate) const MAX_BYTES: u64 = 96 << 20;

/// Prepares all attachments of a turn, in order.
pub(crate) async fn prepare(
    api: &Api,
    caller: &Caller,
    turn: &Turn,
) -> Result<Vec<PreparedFile>, ApiError> {
    let attachments = || turn.messages.iter().flat_map(TurnMessage::attachments);
    if attachments().next().is_none() {
        return Ok(Vec::new());
    }
    let owner = owner_of(api, caller).await?;
    let held = AtomicU64::new(0);
    let mut preparing = Vec::new();
    for attachment in attachments() {
        preparing.push(prepare_one(api, &owner, attachment, &held));
    }
    stream::iter(preparing)
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// What was found at an attachment's source.
struct Found {
    content: FileContent,
    size: u64,
    head: Bytes,
    mime: Option<String>,
    name: Option<String>,
}

async fn prepare_one(
    api: &Api,
    owner: &str,
    attachment: &Attachment,
    held: &AtomicU64,
) -> Result<PreparedFile, ApiError> {
    let path = &attachment.path;
    let found = match &attachment.source {
        AttachmentSource::Data { bytes, mime } => {
            Found::in_memory(bytes.clone(), mime.clone(), None)
        }
        AttachmentSource::Url(url) => match api.fetcher.fetch(url).await {
            Ok(fetched) => Found::in_memory(fetched.bytes, fetched.mime, fetched.name),
            Err(error) => return Err(unusable(path, "file_unavailable", &error.to_string())),
        },
        AttachmentSource::FileId(id) => stored(api, owner, path, id).await?,
    };
    if matches!(found.content, FileContent::Bytes(_))
        && held.fetch_add(found.size, Ordering::Relaxed) + found.size > MAX_BYTES
    {
        let message = format!("all files of a request have {MAX_BYTES} bytes at most");
        return Err(unusable(path, "files_too_large", &message));
    }
    let name = attachment.name.clone().or(found.name);
    let name = name.as_deref().map(base_name);
    let claim = Claim {
        kind: attachment.kind,
        mime: found.mime.as_deref(),
        name: name.as_deref(),
        size: found.size,
    };
    let identified = attachment_type::identify(&found.head, claim)
        .map_err(|unfit| unusable(path, "invalid_file", &unfit.to_string()))?;
    Ok(PreparedFile {
        path: path.clone(),
        name: name.unwrap_or_else(|| default_name(&identified)),
        size: found.size,
        role: role(&identified),
        mime: identified.mime,
        content: found.content,
    })
}

impl Found {
    fn in_memory(bytes: Bytes, mime: Option<String>, name: Option<String>) -> Self {
        Self {
            size: bytes.len() as u64,
            head: bytes.slice(..bytes.len().min(HEAD_BYTES)),
            content: FileContent::Bytes(bytes),
            mime,
            name,
        }
    }
}

/// One of the gateway's own files: only its head is read now.
async fn stored(api: &Api, owner: &str, path: &str, id: &str) -> Result<Found, ApiError> {
    let now = api.clock.since_epoch().as_secs();
    let (record, place) = api
        .files
        .store
        .content_path(owner, id, now)
        .map_err(|error| not_found(path, &error))?;
    let mut head = Vec::with_capacity(HEAD_BYTES.min(usize::try_from(record.bytes).unwrap_or(0)));
    let read = async {
        let file = tokio::fs::File::open(&place).await?;
        file.take(HEAD_BYTES as u64).read_to_end(&mut head).await
    };
    if read.await.is_err() {
        return Err(not_found(path, &StoreError::NotFound));
    }
    Ok(Found {
        content: FileContent::Path(place),
        size: record.bytes,
        head: head.into(),
        // What the client stated at the upload is mostly a guess of its library.
        mime: None,
        name: Some(record.name.clone()),
    })
}

fn role(identified: &Identified) -> FileRole {
    match identified.dimensions {
        Some((width, height)) => FileRole::Image(width, height),
        None if identified.is_recording => FileRole::Recording,
        None => FileRole::Document,
    }
}

/// A name for a file that has none.
fn default_name(identified: &Identified) -> String {
    let stem = match role(identified) {
        FileRole::Image(..) => "image",
        FileRole::Recording => "recording",
        FileRole::Document => "file",
    };
    let extension = attachment_type::extension(&identified.mime);
    format!("{stem}.{extension}")
}

fn unusable(path: &str, code: &str, message: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        code,
        format!("{path}: {message}"),
    )
    .with_param(path)
}

fn not_found(path: &str, error: &StoreError) -> ApiError {
    match error {
        StoreError::NotFound => InvalidRequest::parameter(
            path,
            format!("{path}: there is no such file; upload it with POST /v1/files"),
        )
        .into(),
        _ => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorClass::Gateway,
            "storage_failed",
            "the gateway cannot read its files; its log says why",
        ),
    }
}
