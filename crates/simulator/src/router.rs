//! The route table, and the small routes that have no file of their own. What is done around every
//! route is in `around`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State as Shared};
use axum::middleware;
use axum::routing::{any, get, post, put};
use axum::{Json, Router};
use http::HeaderMap;
use http::header::IF_NONE_MATCH;
use serde_json::{Value, json};

use crate::around::{LARGEST_BODY, around, fault_header};
use crate::audio;
use crate::blobs;
use crate::codex;
use crate::content;
use crate::conversation;
use crate::conversation_changes as changes;
use crate::conversation_list;
use crate::conversation_pages;
use crate::downloads;
use crate::files;
use crate::gizmo_lists;
use crate::ids;
use crate::init;
use crate::models;
use crate::official;
use crate::personal;
use crate::platform;
use crate::projects;
use crate::reply::Reply;
use crate::sentinel::{Sentinel, Visit};
use crate::session;
use crate::share_routes;
use crate::sign_in;
use crate::simulator::State;
use crate::site;
use crate::socket;
use crate::tokens::{self, Caller};

type App = Shared<Arc<State>>;

/// Every route.
pub(crate) fn router(state: &Arc<State>) -> Router {
    Router::new()
        .merge(official::routes(state))
        .route("/simulator/open_streams", get(open_streams))
        .merge(sign_in::routes())
        .merge(account_routes())
        .merge(conversation_routes(state.options.f_conversation))
        .merge(anonymous_routes(state.options.f_conversation))
        .merge(history_routes())
        .merge(conversation_pages::routes())
        .merge(share_routes::routes())
        .merge(socket::routes())
        .merge(personal::routes())
        .merge(gizmo_routes())
        .merge(file_routes())
        .merge(audio_routes())
        .merge(codex::routes())
        .merge(platform::routes(&state.options.platform))
        .fallback(official::page)
        .method_not_allowed_fallback(async || Reply::method_not_allowed())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            official::by_host,
        ))
        .layer(middleware::from_fn_with_state(Arc::clone(state), around))
        .with_state(Arc::clone(state))
}

/// Who an account is and what it has.
fn account_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/auth/session", get(web_session))
        .route("/backend-api/me", get(me))
        .route("/backend-api/models", get(list_models))
        .route(
            "/backend-api/accounts/check",
            any(async || Reply::method_not_allowed()),
        )
        .route("/backend-api/accounts/check/{version}", get(accounts_check))
}

/// The checks before a conversation, and the conversation itself.
fn conversation_routes(is_newer: bool) -> Router<Arc<State>> {
    let routes = Router::new()
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
        .route("/backend-api/conversation/init", post(init::init))
        .route("/backend-api/conversation", post(conversation::converse))
        .route("/backend-alt/conversation", post(conversation::converse))
        .route("/backend-api/stop_conversation", post(changes::stop));
    if !is_newer {
        return routes;
    }
    routes
        .route("/backend-api/f/conversation", post(conversation::converse))
        .route("/backend-api/f/conversation/prepare", post(conduit))
        .route(
            "/backend-api/f/conversation/resume",
            get(conversation::resume::get).post(conversation::resume::post),
        )
}

/// What there is for those who have not signed in.
fn anonymous_routes(is_newer: bool) -> Router<Arc<State>> {
    let routes = Router::new()
        .route("/backend-anon/models", get(list_models))
        .route(
            "/backend-anon/sentinel/chat-requirements",
            post(requirements),
        )
        .route(
            "/backend-anon/sentinel/chat-requirements/prepare",
            post(prepare),
        )
        .route(
            "/backend-anon/sentinel/chat-requirements/finalize",
            post(finalize),
        )
        .route("/backend-anon/conversation/init", post(init::init))
        .route("/backend-anon/conversation", post(conversation::converse));
    if !is_newer {
        return routes;
    }
    routes
        .route("/backend-anon/f/conversation", post(conversation::converse))
        .route("/backend-anon/f/conversation/prepare", post(conduit))
}

/// The conversations there are.
fn history_routes() -> Router<Arc<State>> {
    Router::new()
        .route(
            "/backend-api/conversations",
            get(conversation_list::list).patch(changes::change_all),
        )
        .route(
            "/backend-api/conversations/search",
            get(conversation_list::search),
        )
        .route(
            "/backend-api/conversation/{id}",
            get(changes::show).patch(changes::change),
        )
        .route(
            "/backend-api/conversation/gen_title/{id}",
            post(changes::generate_title),
        )
        .route(
            "/backend-api/conversation/message_feedback",
            post(changes::rate),
        )
        .route(
            "/backend-api/conversation/{id}/textdocs",
            get(changes::textdocs),
        )
        .route(
            "/backend-api/conversation/{id}/stream_status",
            get(conversation::resume::status),
        )
        .route("/backend-api/tasks", get(conversation::resume::tasks))
}

/// GPTs and projects.
fn gizmo_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/gizmos/bootstrap", get(gizmo_lists::bootstrap))
        .route("/backend-api/gizmos/pinned", get(gizmo_lists::pinned))
        .route(
            "/backend-api/gizmos/snorlax/sidebar",
            get(gizmo_lists::sidebar),
        )
        .route("/backend-api/gizmos/snorlax/upsert", post(projects::upsert))
        .route(
            "/public-api/gizmos/discovery/recent",
            get(gizmo_lists::discover_recent),
        )
        .route(
            "/public-api/gizmos/discovery/mine",
            get(gizmo_lists::discover_mine),
        )
        .route("/backend-api/gizmos/{id}", get(gizmo_lists::show))
        .route(
            "/backend-api/gizmos/{id}/conversations",
            get(gizmo_lists::conversations),
        )
}

/// Files on their way in and out.
fn file_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/files", post(files::announce))
        .route(
            "/backend-api/files/process_upload_stream",
            post(files::process),
        )
        .route("/backend-api/files/{id}", get(files::show))
        .route("/backend-api/files/{id}/uploaded", post(files::uploaded))
        .route("/backend-api/files/{id}/download", get(downloads::of_file))
        .route("/backend-api/files/download/{id}", get(downloads::of_file))
        .route(
            "/backend-api/conversation/{id}/attachment/{file}/download",
            get(downloads::of_conversation),
        )
        .route(
            "/backend-api/conversation/{id}/interpreter/download",
            get(downloads::of_sandbox),
        )
        .route("/backend-api/estuary/content", get(content::from_estuary))
        .route(
            "/simulator/blob/{id}",
            put(blobs::put).get(content::from_blob_host),
        )
}

/// What is said and heard.
fn audio_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/synthesize", get(audio::synthesize))
        .route("/backend-api/transcribe", post(audio::transcribe))
}

/// Not upstream's: how many answers are being streamed, for tests of other programs.
async fn open_streams(Shared(state): App) -> Json<Value> {
    Json(json!({"open_streams": state.open_streams.count()}))
}

async fn web_session(Shared(state): App, headers: HeaderMap) -> Reply {
    session::session(&headers, &state)
}

async fn me(Shared(state): App, headers: HeaderMap) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, &state)?;
    Ok(Reply::ok(&site::me(&caller.account)))
}

async fn list_models(caller: Caller, headers: HeaderMap) -> Reply {
    let plan = &caller.account.plan;
    let tag = format!("W/\"{}\"", ids::hex(&["models", plan], 16));
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let reply = if is_known {
        Reply::not_modified()
    } else {
        Reply::ok(&models::catalogue(plan))
    };
    reply.with("etag", tag)
}

async fn accounts_check(
    Shared(state): App,
    Path(version): Path<String>,
    headers: HeaderMap,
) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, &state)?;
    // `v4-2023-04-27`, for example.
    let number = version.strip_prefix('v').unwrap_or_default();
    if !number.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Reply::not_found());
    }
    let place = sign_in::faults::Place::Account;
    let id = &caller.accounts[0].id;
    let fault = sign_in::faults::acting(&state, place, id, &headers, caller.fault.as_deref());
    Ok(Reply::ok(&site::accounts_check(
        &caller.accounts,
        fault == Some("deactivated"),
        state.now(),
    )))
}

async fn requirements(state: App, caller: Caller, headers: HeaderMap, body: Bytes) -> Reply {
    at_sentinel(&state, &caller, &headers, &body, Sentinel::requirements)
}

async fn prepare(state: App, caller: Caller, headers: HeaderMap, body: Bytes) -> Reply {
    at_sentinel(&state, &caller, &headers, &body, Sentinel::prepare)
}

async fn finalize(state: App, caller: Caller, headers: HeaderMap, body: Bytes) -> Reply {
    at_sentinel(&state, &caller, &headers, &body, Sentinel::finalize)
}

/// A call at one of the sentinel's doors.
fn at_sentinel(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
    door: fn(&Sentinel, Visit<'_>, &[u8]) -> Reply,
) -> Reply {
    let asked = fault_header(headers).or(caller.fault.as_deref());
    let visit = Visit {
        account: &caller.account,
        fault: asked.or_else(|| state.sentinel.awaited(&caller.account)),
        now: state.now(),
    };
    door(&state.sentinel, visit, body)
}

/// Warms nothing up, and says it did.
async fn conduit(Shared(state): App, _caller: Caller) -> Reply {
    let token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{}",
        ids::hex(&[&state.fresh_id("conduit")], 64)
    );
    Reply::ok(&json!({"status": "ok", "conduit_token": token}))
}
