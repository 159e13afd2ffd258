//! Watching the traffic of a driver: each request as it goes out, each answer as it comes in.
//!
//! A tap sees everything, secrets included, and changes nothing; what it keeps is its own
//! matter. Without one nothing is copied. Set by `flowgpt record`; called by the drivers.

use std::fmt::Debug;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use http::{HeaderMap, Method};
use reqwest::{Body, Request, Response};
use url::Url;

/// Watches requests.
pub trait TrafficTap: Debug + Send + Sync {
    /// A request goes out; what is returned watches its answer. Must not block.
    fn begin(&self, request: &TappedRequest<'_>) -> Box<dyn ResponseTap>;
}

/// Watches one answer. Dropped before its end when nobody wants the rest. Must not block.
pub trait ResponseTap: Send + Sync {
    /// The answer begins.
    fn head(&mut self, status: u16, headers: &HeaderMap);
    /// A piece of its body.
    fn piece(&mut self, bytes: &[u8]);
    /// The body is over: whole, or broken.
    fn end(&mut self, is_whole: bool);
}

/// A request as it goes out.
#[derive(Debug)]
pub struct TappedRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The whole address.
    pub url: &'a Url,
    /// All headers but those the client adds on the way.
    pub headers: &'a HeaderMap,
    /// The body; empty when there is none, or when it is sent in pieces.
    pub body: &'a [u8],
}

/// Shows a request to the tap.
pub(crate) fn begin(tap: &dyn TrafficTap, request: &Request) -> Box<dyn ResponseTap> {
    tap.begin(&TappedRequest {
        method: request.method(),
        url: request.url(),
        headers: request.headers(),
        body: request.body().and_then(Body::as_bytes).unwrap_or_default(),
    })
}

/// The same answer, shown to the tap as it is read.
pub(crate) fn watched(response: Response, mut tap: Box<dyn ResponseTap>) -> Response {
    let response = http::Response::from(response);
    let (parts, body) = response.into_parts();
    tap.head(parts.status.as_u16(), &parts.headers);
    let pieces = stream::unfold(
        (
            Response::from(http::Response::new(body)).bytes_stream(),
            tap,
        ),
        async |(mut body, mut tap)| {
            let piece: Option<reqwest::Result<Bytes>> = body.next().await;
            match &piece {
                Some(Ok(bytes)) => tap.piece(bytes),
                Some(Err(_)) => tap.end(false),
                None => tap.end(true),
            }
            piece.map(|piece| (piece, (body, tap)))
        },
    );
    http::Response::from_parts(parts, Body::wrap_stream(pieces)).into()
}
