//! Requests that are only handed through: what comes back is the server's own reply.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, header};

use super::PlatformDriver;
use super::call::Call;
use crate::failure::Failure;
use crate::passed::{PassedReply, chosen};

/// Of the caller's headers, those that say what is sent and what is wanted.
const UP: [HeaderName; 2] = [header::CONTENT_TYPE, header::ACCEPT];

/// Hands a request through.
pub(super) async fn pass(
    driver: &PlatformDriver,
    call: &Call,
    method: Method,
    path: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<PassedReply, Failure> {
    let request = call.request(method, path);
    let request = request.headers(chosen(headers, &UP)).body(body);
    let response = call.send(request).await?;
    let status = response.status();
    // Another key would be told the same.
    let is_callers = matches!(status.as_u16(), 400 | 404 | 409 | 413 | 415 | 422);
    if !(status.is_success() || is_callers) {
        return Err(call.refused(response).await);
    }
    Ok(PassedReply::of(response, driver.settings.idle_timeout))
}
