//! Requests of the official pages that are handed through, and what they send to and fetch from
//! the hosts that keep files.
//!
//! What may be asked is decided above; here is only which headers are ours. A reply comes back as
//! it is. Called by the driver.

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, HeaderName, Method, header};

use super::WebDriver;
use super::call::Call;
use super::conversation::send_with_pass;
use crate::failure::Failure;
use crate::passed::{PassedReply, chosen};

/// Of a page's headers, those that go up: what is sent and wanted, and what upstream handed out
/// for a turn. Nothing that names a browser, a person or a place.
const UP: [HeaderName; 8] = [
    header::CONTENT_TYPE,
    header::ACCEPT,
    HeaderName::from_static("oai-language"),
    HeaderName::from_static("oai-client-version"),
    HeaderName::from_static("oai-client-build-number"),
    HeaderName::from_static("x-conduit-token"),
    HeaderName::from_static("x-oai-turn-trace-id"),
    header::RANGE,
];

/// What is sent beside a conversation.
const BESIDE: [HeaderName; 3] = [
    HeaderName::from_static("oai-language"),
    HeaderName::from_static("x-conduit-token"),
    HeaderName::from_static("x-oai-turn-trace-id"),
];

/// What is said of a file that is uploaded.
const UPLOADED: [HeaderName; 2] = [header::CONTENT_TYPE, header::CONTENT_LENGTH];

/// A request that is handed through.
#[derive(Debug, Clone)]
pub struct PassedRequest {
    /// Its method.
    pub method: Method,
    /// Its path and query, as they go out.
    pub path: String,
    /// Those of its headers that go out.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl PassedRequest {
    /// A request for something, without a body.
    pub fn get(path: String, headers: &HeaderMap) -> Self {
        Self::new(Method::GET, path, headers, Bytes::new())
    }

    /// A request; of its headers only those are kept that may go out.
    pub fn new(method: Method, path: String, headers: &HeaderMap, body: Bytes) -> Self {
        Self {
            method,
            path,
            headers: chosen(headers, &UP),
            body,
        }
    }
}

/// Hands a request through.
pub(super) async fn pass(
    driver: &WebDriver,
    call: &Call,
    request: &PassedRequest,
) -> Result<PassedReply, Failure> {
    let response = call.pass(request).await?;
    Ok(PassedReply::of(response, driver.settings.idle_timeout))
}

/// Hands a conversation request through, with the pass that upstream demands.
pub(super) async fn converse(
    driver: &WebDriver,
    call: &Call,
    request: &PassedRequest,
) -> Result<PassedReply, Failure> {
    let beside = chosen(&request.headers, &BESIDE);
    let accepted = send_with_pass(driver, call, &request.body, &beside, false).await?;
    Ok(PassedReply::of(
        accepted.response,
        driver.settings.idle_timeout,
    ))
}

/// Puts a file at an address that upstream named, without showing who sends it.
pub(super) async fn upload<S, E>(
    call: &Call,
    address: &str,
    sent: &HeaderMap,
    pieces: S,
) -> Result<(), Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let address = call.base.trusted_address(address)?;
    let request = call
        .without_credentials(Method::PUT, address)
        .headers(chosen(sent, &UPLOADED))
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-version", "2020-04-08")
        .body(reqwest::Body::wrap_stream(pieces));
    call.send_for_bytes(request).await.map(drop)
}
