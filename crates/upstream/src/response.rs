//! What is asked of every answer: what it claims to be, and as much of its body as is wanted.
//!
//! Judges nothing. Called by the web driver and by `sign_in`.

use std::time::Duration;

use futures_util::StreamExt;
use http::header;
use reqwest::Response;

/// What could be read of a body.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) error: Option<reqwest::Error>,
}

/// Whether it says of itself that it is a challenge.
pub(crate) fn is_mitigated(response: &Response) -> bool {
    let header = response.headers().get("cf-mitigated");
    header.is_some_and(|value| value == "challenge")
}

/// Whether it is a page for browsers.
pub(crate) fn is_html(response: &Response) -> bool {
    content_type(response).starts_with("text/html")
}

/// The content type in lower case; empty when there is none.
pub(crate) fn content_type(response: &Response) -> String {
    let value = response.headers().get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// How long it asks us to wait, if it counts in seconds.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    let seconds = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Reads a body up to `limit` bytes; what is longer is cut there.
pub(crate) async fn read_at_most(response: Response, limit: usize) -> Body {
    let mut stream = response.bytes_stream();
    let mut body = Body::default();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => body.bytes.extend_from_slice(&chunk),
            Err(error) => {
                body.error = Some(error);
                break;
            }
        }
        if body.bytes.len() >= limit {
            body.bytes.truncate(limit);
            break;
        }
    }
    body
}
