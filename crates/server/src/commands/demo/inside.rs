//! Requests of the demo to itself, without a network: what an operator and a caller would ask.

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

/// More than any answer that is read here.
const MAX_BYTES: usize = 1 << 20;

/// Asks the program's own router; the answer's status, headers and whole text.
pub(super) async fn ask(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> anyhow::Result<(StatusCode, HeaderMap, String)> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let response = router.clone().oneshot(request.body(body)?).await?;
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await?;
    let text = String::from_utf8(bytes.to_vec()).context("an answer is no text")?;
    Ok((head.status, head.headers, text))
}

/// The same, where the answer must be a good one.
pub(super) async fn ask_well(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> anyhow::Result<(HeaderMap, String)> {
    let (status, headers, text) = ask(router, method, path, headers, body).await?;
    let is_good = status.is_success() || status.is_redirection();
    ensure!(is_good, "the demo was refused by itself: {status}: {text}");
    Ok((headers, text))
}
