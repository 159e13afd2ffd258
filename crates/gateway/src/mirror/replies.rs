//! Replies on their way to a page of the mirror, and the little that the mirror has itself.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use rewrite::Fetched;
use serde_json::Value;
use web::{ApiError, ErrorClass};

use super::Mirror;
use super::identity::person;
use crate::visitor::Visitor;

/// Where an account's features are listed.
const ACCOUNT: &str = "/backend-api/accounts/check";

/// The feature by which official pages show what a message is made of, in a panel of their own.
const DEBUG: &str = "debug";

/// A reply that is changed is not longer.
const MAX_BYTES: usize = 64 << 20;

const ICON: &str = concat!(
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">",
    "<rect width=\"32\" height=\"32\" rx=\"8\" fill=\"#0d0d0d\"/>",
    "<path d=\"M10 8h13v4h-9v3h7v4h-7v6h-4z\" fill=\"#fff\"/></svg>"
);

/// `GET /favicon.ico`
pub(super) async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON).into_response()
}

/// A reply to a page's request: JSON as the rules want it, everything else as it came.
pub(super) async fn rewritten(
    mirror: &Mirror,
    visitor: &Visitor,
    path: &str,
    reply: Response,
) -> Result<Response, ApiError> {
    let kind = reply.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if !kind.starts_with("application/json") || !reply.status().is_success() {
        return Ok(with_common(reply));
    }
    let (mut head, body) = reply.into_parts();
    let bytes = axum::body::to_bytes(body, MAX_BYTES).await;
    let bytes = bytes.map_err(|_| broken())?;
    let person = person(mirror, visitor, None).await?;
    let context = person.context(Fetched::SignedIn, &[]);
    let rules = mirror.rules();
    let changed = rewrite::data::rewrite(&bytes, &kind, path, &context, &rules);
    let changed = with_features(path, changed.into_owned());
    head.headers.remove(header::CONTENT_LENGTH);
    Ok(with_common(Response::from_parts(head, Body::from(changed))))
}

/// The answer that lists what an account can do, with what pages show beside that.
fn with_features(path: &str, bytes: Vec<u8>) -> Vec<u8> {
    if !path.starts_with(ACCOUNT) {
        return bytes;
    }
    let Ok(mut told) = serde_json::from_slice::<Value>(&bytes) else {
        return bytes;
    };
    let accounts = told["accounts"].as_object_mut().into_iter().flatten();
    for (_, account) in accounts {
        if let Some(features) = account["features"].as_array_mut()
            && !features.iter().any(|it| it == DEBUG)
        {
            features.push(DEBUG.into());
        }
    }
    told.to_string().into_bytes()
}

/// Nothing of it is kept, and nobody learns where it came from.
pub(super) fn with_common(mut reply: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        let entry = reply.headers_mut().entry(name);
        entry.or_insert(HeaderValue::from_static(value));
    }
    reply
}

fn broken() -> ApiError {
    ApiError::new(
        StatusCode::BAD_GATEWAY,
        ErrorClass::Upstream,
        "upstream_truncated",
        "the connection to upstream broke before the reply was complete",
    )
}
