//! The store that holds the files, which upstream has on another host: it takes a file's content
//! from a signed link. It knows no accounts and takes no access tokens; the content is digested as
//! it comes, and only small files are kept.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::file_faults;
use crate::ids;
use crate::links::{self, Use};
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::uploads::{Arrived, LARGEST_HELD};

/// How much of a refused body is read, so that the sender sees the refusal.
const MOST_DRAINED: u64 = 64 * 1024 * 1024;

/// What the paths of blobs begin with.
pub(crate) const PATH: &str = "/simulator/blob/";

/// `PUT /simulator/blob/{id}`.
pub(crate) async fn put(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let size = match admitted(&state, &id, &query, &headers) {
        Ok((size, "simulate-put-stall")) => {
            let _open = state.open_streams.open();
            drain(body, size).await;
            return std::future::pending().await;
        }
        Ok((size, _)) => size,
        Err(refusal) => {
            drain(body, MOST_DRAINED).await;
            return refusal.into_response();
        }
    };
    match read(body, size).await {
        Some((sha256, content)) => {
            let content_type = headers
                .get(CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok());
            let arrived = Arrived {
                sha256,
                content_type: content_type.map(str::to_owned),
                content,
            };
            state.uploads().store(&id, arrived);
            let etag = format!("\"0x{}\"", ids::hex(&["blob", &id], 16).to_uppercase());
            (StatusCode::CREATED, [("etag", etag)]).into_response()
        }
        None => wrong_size().into_response(),
    }
}

/// The size a file must have and the fault its name asks for, if its content may be sent.
fn admitted(
    state: &State,
    id: &str,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
) -> Result<(u64, &'static str), Reply> {
    refuse_bearer(headers)?;
    let now = since_epoch(state.now()).as_secs();
    if !links::is_good(query, Use::Put, id, now) {
        return Err(not_authenticated());
    }
    let length = declared_length(headers)?;
    let uploads = state.uploads();
    let file = &uploads.get(id).ok_or_else(blob_not_found)?.file;
    let (size, is_finished) = (file.size, file.finished);
    let fault = file_faults::asked_for(&file.name);
    drop(uploads);
    if is_finished {
        return Err(Reply::blob_error(
            StatusCode::CONFLICT,
            "BlobImmutableDueToPolicy",
            "The file is finished and takes no more content.",
        ));
    }
    if fault == "simulate-put-403" {
        return Err(not_authenticated());
    }
    if fault == "simulate-put-503" && state.fails_now(id, fault) {
        return Err(Reply::blob_error(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServerBusy",
            "The server is busy.",
        ));
    }
    if length != size.to_string().as_bytes() {
        return Err(wrong_size());
    }
    Ok((size, fault))
}

/// The length a request says its body has, if it has the headers that a blob must be sent with.
fn declared_length(headers: &HeaderMap) -> Result<&[u8], Reply> {
    match headers
        .get("x-ms-blob-type")
        .map(http::HeaderValue::as_bytes)
    {
        Some(b"BlockBlob") => {}
        Some(_) => return Err(bad_header("InvalidHeaderValue", "x-ms-blob-type")),
        None => return Err(bad_header("MissingRequiredHeader", "x-ms-blob-type")),
    }
    let length = headers.get(CONTENT_LENGTH).ok_or_else(|| {
        Reply::blob_error(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLengthHeader",
            "Content-Length header was not specified.",
        )
    })?;
    Ok(length.as_bytes())
}

/// A digest of a body of exactly that many bytes, and the body itself if it is small.
async fn read(body: Body, size: u64) -> Option<(String, Option<Bytes>)> {
    let mut hasher = Sha256::new();
    let mut held = Vec::new();
    let mut rest = size;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.ok()?;
        rest = rest.checked_sub(u64::try_from(piece.len()).ok()?)?;
        hasher.update(&piece);
        if size <= LARGEST_HELD {
            held.extend_from_slice(&piece);
        }
    }
    let content = (size <= LARGEST_HELD).then(|| Bytes::from(held));
    (rest == 0).then(|| (ids::hex_of(&hasher.finalize()), content))
}

/// Reads a body and lets it go, up to a length.
async fn drain(body: Body, mut most: u64) {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(piece)) = pieces.next().await {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let Some(rest) = most.checked_sub(length) else {
            return;
        };
        most = rest;
    }
}

/// Refuses an access token, which the blob host must never be shown.
pub(crate) fn refuse_bearer(headers: &HeaderMap) -> Result<(), Reply> {
    if headers.contains_key(AUTHORIZATION) {
        return Err(not_authenticated());
    }
    Ok(())
}

/// The refusal of a link that is wrong or too old.
pub(crate) fn not_authenticated() -> Reply {
    Reply::blob_error(
        StatusCode::FORBIDDEN,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header \
         is formed correctly including the signature.",
    )
}

/// The reply where there is no such blob.
pub(crate) fn blob_not_found() -> Reply {
    Reply::blob_error(
        StatusCode::NOT_FOUND,
        "BlobNotFound",
        "The specified blob does not exist.",
    )
}

fn bad_header(code: &str, name: &str) -> Reply {
    let message = format!("The header {name} is missing or not in the correct format.");
    Reply::blob_error(StatusCode::BAD_REQUEST, code, &message)
}

fn wrong_size() -> Reply {
    Reply::blob_error(
        StatusCode::BAD_REQUEST,
        "InvalidInput",
        "The content does not have the size that was announced.",
    )
}
