//! `GET /v1/files/{id}/content`: a file as a download that no browser runs or shows.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use store::StoreError;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use web::{ApiError, ErrorClass};

use super::byte_range::{self, ByteRange};
use super::{now, owner, store_error};
use crate::Api;
use web::download_headers::{Opened, describe, put};

/// How much of a file is in memory for each caller.
const PIECE_BYTES: usize = 64 << 10;

pub(crate) async fn content(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let owner = owner(&api, &headers).await?;
    let opened = api.files.store.open_content(&owner, &id, now(&api)).await;
    let (record, mut file) = opened.map_err(|error| store_error(&error))?;
    let etag = format!("\"{}\"", record.sha256);
    let range = byte_range::wanted(&headers, record.bytes, &etag);
    let (first, length) = match range {
        ByteRange::Whole => (0, record.bytes),
        ByteRange::Part { first, last } => (first, last - first + 1),
        ByteRange::Outside => return Err(outside(record.bytes)),
    };
    file.seek(SeekFrom::Start(first))
        .await
        .map_err(|error| store_error(&StoreError::from(error)))?;
    let pieces = ReaderStream::with_capacity(file.take(length), PIECE_BYTES);
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    describe(headers, &record.name, &record.mime, Opened::AsDownload);
    put(headers, header::ETAG, &etag);
    put(headers, header::CACHE_CONTROL, "private, no-cache");
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let ByteRange::Part { first, last } = range {
        let place = format!("bytes {first}-{last}/{}", record.bytes);
        put(headers, header::CONTENT_RANGE, &place);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn outside(length: u64) -> ApiError {
    ApiError::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorClass::InvalidRequest,
        "range_not_satisfiable",
        format!("the range begins after the end of the file, which has {length} bytes"),
    )
    .with_header(header::CONTENT_RANGE, &format!("bytes */{length}"))
}
