//! Reading a request body that should be JSON: type, size and time are checked here.
//!
//! Call it after the caller is known: nobody else gets to fill memory.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::api_error::{ApiError, ErrorClass};

/// How long the next piece of a body may take.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads at most as many bytes as `BODY_LIMIT_BYTES` says.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    read_up_to(headers, body, limit, " (BODY_LIMIT_BYTES)").await
}

/// Reads at most `limit` bytes, which no setting changes.
pub async fn read_fixed(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    read_up_to(headers, body, limit, "").await
}

async fn read_up_to(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    setting: &str,
) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("the request body is larger than {limit} bytes{setting}");
        invalid(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
    };
    check_content_type(headers)?;
    let expected = body.size_hint().lower();
    if expected > limit as u64 {
        return Err(too_large());
    }
    let mut body = Limited::new(body, limit);
    let mut read = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    loop {
        let piece = tokio::time::timeout(PIECE_TIMEOUT, body.frame()).await;
        match piece {
            Err(_elapsed) => return Err(too_slow()),
            Ok(None) => return Ok(read.into()),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    read.extend_from_slice(&data);
                }
            }
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => return Err(too_large()),
            Ok(Some(Err(_))) => {
                return Err(invalid(
                    StatusCode::BAD_REQUEST,
                    "incomplete_body",
                    "the request body ended before it was complete",
                ));
            }
        }
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(invalid(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_content_type",
        "the request body has to be JSON; send \"Content-Type: application/json\"",
    ))
}

fn too_slow() -> ApiError {
    invalid(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        "the request body stopped coming",
    )
}

fn invalid(status: StatusCode, code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(status, ErrorClass::InvalidRequest, code, message)
}
