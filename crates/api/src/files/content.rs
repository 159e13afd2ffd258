//! `GET /v1/files/{id}/content`: a file as a download that no browser runs or shows.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::StoreError;
use store::files::FileRecord;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use web::{ApiError, ErrorClass};

use super::byte_range::{self, ByteRange};
use super::{now, owner, store_error};
use crate::Api;

/// How much of a file is in memory for each caller.
const PIECE_BYTES: usize = 64 << 10;

/// What a parameter of a header may hold as it is (RFC 8187).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

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
    describe(headers, &record, &etag);
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let ByteRange::Part { first, last } = range {
        let place = format!("bytes {first}-{last}/{}", record.bytes);
        put(headers, header::CONTENT_RANGE, &place);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// What it is called and what it is; never something to run or to show in a page's place.
fn describe(headers: &mut HeaderMap, record: &FileRecord, etag: &str) {
    put(headers, header::CONTENT_TYPE, "application/octet-stream");
    put(headers, header::CONTENT_TYPE, &record.mime);
    put(
        headers,
        header::CONTENT_DISPOSITION,
        &attachment(&record.name),
    );
    put(headers, header::ETAG, etag);
    put(headers, header::ACCEPT_RANGES, "bytes");
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let policy = "default-src 'none'; sandbox";
    put(headers, header::CONTENT_SECURITY_POLICY, policy);
    put(headers, header::CACHE_CONTROL, "private, no-cache");
}

/// Leaves a header as it was when its value is one no header can carry.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The name twice: plainly for old clients, and as it is for the others.
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|it| match it {
            '"' | '\\' | '%' => '_',
            ' '..='~' => it,
            _ => '_',
        })
        .collect();
    let exact = utf8_percent_encode(name, ENCODED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
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

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn any_name_fits_into_a_header() {
        assert_eq!(
            attachment("notes.txt"),
            "attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt"
        );
        assert_eq!(
            attachment("a \"b\"\\\r\n%é.txt"),
            "attachment; filename=\"a _b______.txt\"; filename*=UTF-8''a%20%22b%22%5C%0D%0A%25%C3%A9.txt"
        );
    }
}
