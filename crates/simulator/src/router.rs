//! The route table, and what is done to every request and reply: recording, faults asked for by
//! header, and the headers every reply of upstream carries.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State as Shared};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::conversation;
use crate::faults::{self, Kind};
use crate::ids;
use crate::models;
use crate::reply::Reply;
use crate::sentinel::{Sentinel, Visit};
use crate::simulator::{RecordedRequest, State};
use crate::site;
use crate::tokens;

/// Bodies beyond this are refused.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

type App = Shared<Arc<State>>;

/// Every route.
pub(crate) fn router(state: &Arc<State>) -> Router {
    let mut router = Router::new()
        .route("/", get(|| async { site::front_page() }))
        .route("/api/auth/session", get(session))
        .route("/backend-api/me", get(me))
        .route("/backend-api/models", get(list_models))
        .route(
            "/backend-api/accounts/check",
            any(async || Reply::method_not_allowed()),
        )
        .route(
            "/backend-api/accounts/check/v4-2023-04-27",
            get(accounts_check),
        )
        .route(
            "/backend-api/sentinel/chat-requirements",
            post(requirements),
        )
        .route(
            "/backend-api/sentinel/chat-requirements/prepare",
            post(prepare),
        )
        .route(
            "/backend-api/sentinel/chat-requirements/finalize",
            post(finalize),
        )
        .route("/backend-api/conversation", post(conversation::converse))
        .route("/backend-api/conversation/{id}", get(stored))
        .route("/simulator/open_streams", get(open_streams));
    if state.options.f_conversation {
        router = router
            .route("/backend-api/f/conversation", post(conversation::converse))
            .route("/backend-api/f/conversation/prepare", post(conduit));
    }
    router
        .fallback(async || Reply::not_found())
        .method_not_allowed_fallback(async || Reply::method_not_allowed())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(state), around))
        .with_state(Arc::clone(state))
}

/// Not upstream's: how many answers are being streamed, for tests of other programs.
async fn open_streams(Shared(state): App) -> Json<Value> {
    Json(json!({"open_streams": state.open_streams.count()}))
}

/// What is done around every route.
async fn around(Shared(state): App, request: Request, next: Next) -> Response {
    let asked = fault_header(request.headers()).map(faults::find);
    let request = match recorded(&state, request).await {
        Ok(request) => request,
        Err(refusal) => return refusal.into_response(),
    };
    let mut response = match asked {
        Some(None) => Reply::detail(StatusCode::BAD_REQUEST, "The simulator has no such fault")
            .into_response(),
        Some(Some((kind @ (Kind::Http | Kind::Silence), name))) => {
            conversation::fail(&state, kind, name).await
        }
        Some(Some(_)) | None => match captured(&state, &request) {
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

/// The same request, kept if requests are to be kept.
async fn recorded(state: &State, request: Request) -> Result<Request, Reply> {
    if !state.options.record {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| Reply::detail(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"))?;
    state.record(|| RecordedRequest {
        method: parts.method.to_string(),
        path: parts
            .uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: parts.headers.clone(),
        body: body.to_vec(),
    });
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The fault a request's header asks for.
pub(crate) fn fault_header(headers: &HeaderMap) -> Option<&str> {
    headers.get(faults::HEADER)?.to_str().ok()
}

async fn session(Shared(state): App, headers: HeaderMap) -> Reply {
    site::session(&headers, state.now())
}

async fn me(Shared(state): App, headers: HeaderMap) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, state.now())?;
    Ok(Reply::ok(&site::me(&caller.account)))
}

async fn list_models(Shared(state): App, headers: HeaderMap) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, state.now())?;
    let plan = &caller.account.plan;
    let tag = format!("W/\"{}\"", ids::hex(&["models", plan], 16));
    Ok(Reply::ok(&models::catalogue(plan)).with("etag", tag))
}

async fn accounts_check(Shared(state): App, headers: HeaderMap) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, state.now())?;
    Ok(Reply::ok(&site::accounts_check(
        &caller.account,
        state.now(),
    )))
}

async fn requirements(state: App, headers: HeaderMap, body: Bytes) -> Result<Reply, Reply> {
    at_sentinel(&state, &headers, &body, Sentinel::requirements)
}

async fn prepare(state: App, headers: HeaderMap, body: Bytes) -> Result<Reply, Reply> {
    at_sentinel(&state, &headers, &body, Sentinel::prepare)
}

async fn finalize(state: App, headers: HeaderMap, body: Bytes) -> Result<Reply, Reply> {
    at_sentinel(&state, &headers, &body, Sentinel::finalize)
}

/// A call at one of the sentinel's doors.
fn at_sentinel(
    state: &State,
    headers: &HeaderMap,
    body: &[u8],
    door: fn(&Sentinel, Visit<'_>, &[u8]) -> Reply,
) -> Result<Reply, Reply> {
    let now = state.now();
    let caller = tokens::authenticate(headers, now)?;
    let asked = fault_header(headers).or(caller.fault.as_deref());
    let visit = Visit {
        account: &caller.account,
        fault: asked.or_else(|| state.sentinel.awaited(&caller.account)),
        now,
    };
    Ok(door(&state.sentinel, visit, body))
}

/// Warms nothing up, and says it did.
async fn conduit(Shared(state): App, headers: HeaderMap) -> Result<Reply, Reply> {
    tokens::authenticate(&headers, state.now())?;
    let token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{}",
        ids::hex(&[&state.fresh_id("conduit")], 64)
    );
    Ok(Reply::ok(&json!({"status": "ok", "conduit_token": token})))
}

async fn stored(
    Shared(state): App,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, state.now())?;
    let conversations = state.conversations();
    conversations
        .of_account(&id, &caller.account.id)
        .map(|tree| Reply::ok(&tree.document()))
        .ok_or_else(|| Reply::conversation_not_found(&id))
}
