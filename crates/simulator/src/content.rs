//! The content of files on its way out, from the blob host or from upstream itself: whole or in
//! part, in pieces that are made as they are sent. Links decide who gets it.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::artifacts::{self, Artifact};
use crate::blobs;
use crate::downloads;
use crate::file_faults;
use crate::links::{self, Use};
use crate::open_streams::OpenStream;
use crate::ranges::{self, Asked};
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

/// What the key of a sandbox file begins with; its path follows, encoded.
const SANDBOX_KEY: &str = "sandbox-";

/// The file that stands in for one whose name asks for a fault.
const FAULTY_FILE: &str = "/mnt/data/large-1mb.bin";

/// A file's content and what there is to say about it.
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) size: u64,
    /// The fault its name asks for, or an empty text.
    pub(crate) fault: &'static str,
    mime_type: String,
    source: Source,
}

enum Source {
    Held(Bytes),
    Made(Artifact),
}

/// The key of a file in the sandbox.
pub(crate) fn sandbox_key(path: &str) -> String {
    format!("{SANDBOX_KEY}{}", URL_SAFE_NO_PAD.encode(path))
}

impl Content {
    /// The content behind a key; there is none for files too large to be kept and for paths where
    /// no program left anything.
    pub(crate) fn find(state: &State, key: &str) -> Option<Self> {
        if let Some(path) = key.strip_prefix(SANDBOX_KEY) {
            let path = String::from_utf8(URL_SAFE_NO_PAD.decode(path).ok()?).ok()?;
            return Self::in_sandbox(&path);
        }
        let uploads = state.uploads();
        let Some(upload) = uploads.get(key) else {
            let artifact = artifacts::sound(key).unwrap_or_else(|| artifacts::picture(key));
            return Some(Self::made(artifact.name.clone(), artifact));
        };
        let content = uploads.content(key)?;
        let mime_type = upload.file.mime_type.as_deref();
        Some(Self {
            name: upload.file.name.clone(),
            size: upload.file.size,
            fault: file_faults::asked_for(&upload.file.name),
            mime_type: mime_type.unwrap_or("application/octet-stream").to_owned(),
            source: Source::Held(content),
        })
    }

    fn in_sandbox(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or_default();
        if !file_faults::asked_for(name).is_empty() {
            return artifacts::sandbox(FAULTY_FILE).map(|file| Self::made(name.to_owned(), file));
        }
        artifacts::sandbox(path).map(|file| Self::made(file.name.clone(), file))
    }

    fn made(name: String, artifact: Artifact) -> Self {
        Self {
            fault: file_faults::asked_for(&name),
            name,
            size: artifact.size,
            mime_type: artifact.mime.to_owned(),
            source: Source::Made(artifact),
        }
    }

    fn pieces(&self, range: Range<u64>) -> Box<dyn Iterator<Item = Bytes> + Send> {
        match &self.source {
            Source::Made(artifact) => Box::new(artifact.pieces(range)),
            Source::Held(content) => {
                let place = |position| usize::try_from(position).unwrap_or(content.len());
                let part = content.slice(place(range.start)..place(range.end));
                Box::new(std::iter::once(part))
            }
        }
    }

    /// A body of that part, which breaks off or falls silent if the name asks for it.
    fn body(&self, range: Range<u64>, open: OpenStream) -> Body {
        let half = range.start + (range.end - range.start) / 2;
        let pieces = |range| stream::iter(self.pieces(range).map(Ok::<_, io::Error>));
        let counted = move |piece| {
            // Lives as long as the stream does.
            let _ = &open;
            piece
        };
        match self.fault {
            "simulate-download-drop" => {
                let broken = Err(io::ErrorKind::ConnectionAborted.into());
                let cut = pieces(range.start..half).chain(stream::once(async {
                    // What was written before must leave before the connection breaks.
                    tokio::task::yield_now().await;
                    broken
                }));
                Body::from_stream(cut.map(counted))
            }
            "simulate-download-stall" => {
                let silent = pieces(range.start..half).chain(stream::pending());
                Body::from_stream(silent.map(counted))
            }
            _ => Body::from_stream(pieces(range).map(counted)),
        }
    }

    /// The reply to a request for it, whole or in part.
    fn reply(&self, state: &State, headers: &HeaderMap) -> Response {
        let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
        let (status, range) = match ranges::read(asked, self.size) {
            Asked::Whole => (StatusCode::OK, 0..self.size),
            Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Asked::Beyond => {
                return Reply::blob_error(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "InvalidRange",
                    "The range specified is invalid for the current size of the resource.",
                )
                .with("content-range", format!("bytes */{}", self.size))
                .into_response();
            }
        };
        let body = self.body(range.clone(), state.open_streams.open());
        let mut response = (status, body).into_response();
        let mut set = |name, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        };
        set(CONTENT_TYPE, self.mime_type.clone());
        set(CONTENT_LENGTH, (range.end - range.start).to_string());
        set(ACCEPT_RANGES, "bytes".to_owned());
        let name = percent_encoded(&self.name);
        set(
            CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{name}"),
        );
        if status == StatusCode::PARTIAL_CONTENT {
            let (first, last) = (range.start, range.end - 1);
            set(CONTENT_RANGE, format!("bytes {first}-{last}/{}", self.size));
        }
        response
    }
}

/// `GET /simulator/blob/{key}`.
pub(crate) async fn from_blob_host(
    Shared(state): Shared<Arc<State>>,
    Path(key): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Reply> {
    blobs::refuse_bearer(&headers)?;
    let now = since_epoch(state.now()).as_secs();
    if !links::is_good(&query, Use::Get, &key, now) {
        return Err(blobs::not_authenticated());
    }
    let content = Content::find(&state, &key).ok_or_else(blobs::blob_not_found)?;
    Ok(content.reply(&state, &headers))
}

/// `GET /backend-api/estuary/content`.
pub(crate) async fn from_estuary(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Reply> {
    let key = query.get("id").map_or("", String::as_str);
    let now = since_epoch(state.now()).as_secs();
    if !links::is_good(&query, Use::Estuary, key, now) {
        return Err(Reply::detail(StatusCode::FORBIDDEN, "Invalid signature"));
    }
    if !downloads::may_fetch(&state, &caller.account.id, key) {
        return Err(Reply::file_not_found(key));
    }
    let content = Content::find(&state, key).ok_or_else(|| Reply::file_not_found(key))?;
    Ok(content.reply(&state, &headers))
}

/// A name as an extended parameter of a header holds it.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&crate::ids::hex_of(&[byte]).to_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_a_header() {
        assert_eq!(percent_encoded("a (1).csv"), "a%20%281%29.csv");
        assert_eq!(percent_encoded("报.csv"), "%E6%8A%A5.csv");
    }
}
