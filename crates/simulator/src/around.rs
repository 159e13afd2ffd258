//! What is done around every route: recording, faults asked for by header, and the headers every
//! reply of upstream carries. The router lays it over all routes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::blobs;
use crate::conversation;
use crate::faults::{self, Kind};
use crate::ids;
use crate::official;
use crate::reply::Reply;
use crate::responses;
use crate::sign_in;
use crate::simulator::{RecordedRequest, State};

/// Bodies beyond this are refused.
pub(crate) const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What is done around every route.
pub(crate) async fn around(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let header = fault_header(request.headers());
    let acts_later =
        header.is_some_and(|name| sign_in::faults::exists(name) || responses::faults::exists(name));
    let asked = header.map(faults::find);
    let request = match recorded(&state, request).await {
        Ok(request) => request,
        Err(refusal) => return refusal.into_response(),
    };
    let mut response = match asked {
        Some(None) if !acts_later => {
            Reply::detail(StatusCode::BAD_REQUEST, "The simulator has no such fault")
                .into_response()
        }
        Some(Some((kind @ (Kind::Http | Kind::Silence), name))) => {
            conversation::fail(&state, kind, name).await
        }
        Some(_) | None => match captured(&state, &request) {
            Some(response) => response,
            None => next.run(request).await,
        },
    };
    let id = state.fresh_id("request");
    let ray = format!("{}-SIM", ids::hex(&[&id], 16));
    for (name, value) in [("x-request-id", id), ("cf-ray", ray)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What a capture holds for a request.
fn captured(state: &State, request: &Request) -> Option<Response> {
    let capture = state.options.capture.as_ref()?;
    capture.answer(request, state.options.pace, || state.open_streams.open())
}

/// The same request, kept if requests are to be kept; the content of a file never is.
async fn recorded(state: &State, request: Request) -> Result<Request, Reply> {
    if !state.options.record {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    if parts.uri.path().starts_with(blobs::PATH) {
        state.record(|| of(&parts, &[]));
        return Ok(Request::from_parts(parts, body));
    }
    let body = axum::body::to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| Reply::detail(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"))?;
    state.record(|| of(&parts, &body));
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// A request with as much of its body as is to be kept.
fn of(parts: &Parts, body: &[u8]) -> RecordedRequest {
    let path = parts.uri.path_and_query();
    RecordedRequest {
        method: parts.method.to_string(),
        host: official::authority_of(parts).map_or_else(String::new, |it| it.to_string()),
        path: path.map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: parts.headers.clone(),
        body: body.to_vec(),
    }
}

/// The fault a request's header asks for.
pub(crate) fn fault_header(headers: &HeaderMap) -> Option<&str> {
    headers.get(faults::HEADER)?.to_str().ok()
}
