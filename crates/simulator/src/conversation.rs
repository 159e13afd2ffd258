//! The conversation call: who calls, what is wanted, whether the checks are satisfied, which fault
//! to run into; then a script is told, stored and sent.

mod ending;
mod recording;
mod references;
pub(crate) mod resume;
mod turn;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use crate::around::fault_header;
use crate::conversation_request::ConversationRequest;
use crate::faults::{self, Kind};
use crate::framing::{Encoding, Framing};
use crate::playback::Performance;
use crate::reply::Reply;
use crate::sentinel::{self, Visit};
use crate::simulator::State;
use crate::tokens::Caller;

use ending::Ending;
pub(crate) use recording::Recording;
use turn::Turn;

/// What a relay sends to show that it does the checks itself.
const RELAY_HEADER: &str = "authkey";

/// `POST /backend-api/conversation` and `POST /backend-api/f/conversation`, and the same for
/// those who have not signed in.
pub(crate) async fn converse(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match admitted(&state, &caller, &headers, &body) {
        Ok((_, Some((kind @ (Kind::Http | Kind::Silence), name)))) => {
            fail(&state, kind, name).await
        }
        Ok((request, fault)) => {
            let fault = fault.map(|(_, name)| name);
            answer(&state, &caller, &request, fault).unwrap_or_else(IntoResponse::into_response)
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// The reply of a fault that replaces a route's: one of its own, none ever, or a connection that
/// breaks.
pub(crate) async fn fail(state: &State, kind: Kind, name: &'static str) -> Response {
    if let (Kind::Http, Some(reply)) = (kind, faults::http::reply(name)) {
        return reply.into_response();
    }
    if name == "stall" {
        let _open = state.open_streams.open();
        std::future::pending::<()>().await;
    }
    // The headers are only sent together with the first of the body, which never comes.
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let body = Body::from_stream(stream::iter([Err::<Bytes, _>(broken)]));
    Response::new(body)
}

type Fault = (Kind, &'static str);

/// Everything that may refuse a call before there is anything to answer.
fn admitted(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(ConversationRequest, Option<Fault>), Reply> {
    let now = state.now();
    let request = ConversationRequest::read(body)?;
    let in_header = fault_header(headers).and_then(faults::find);
    let brought = in_header.or_else(|| caller.fault.as_deref().and_then(faults::find));
    if !headers.contains_key(RELAY_HEADER) {
        let visit = Visit {
            account: &caller.account,
            fault: brought.map(|(_, name)| name),
            now,
        };
        state.sentinel.admit(visit, headers)?;
    }
    references::check(state, caller, &request)?;
    let in_prompt = || faults::asked_for(&request.prompt()?);
    let fault = in_header.map(verdict).or(brought).or_else(in_prompt);
    if let Some((Kind::Sentinel, name)) = fault {
        // The checks come before the prompt: the client is sent back to them, and they ask then.
        state.sentinel.await_visit(&caller.account, name);
        return Err(sentinel::expired());
    }
    if let Some((Kind::Flaky, name)) = fault
        && state.fails_now(&caller.account.id, name)
    {
        return Err(first_failure(name));
    }
    Ok((request, fault))
}

/// A header at this call is too late for the checks to ask for something; what remains of a fault
/// of theirs is their verdict.
fn verdict(fault: Fault) -> Fault {
    match fault.0 {
        Kind::Sentinel => (Kind::Http, "unusual-activity"),
        _ => fault,
    }
}

/// How a flaky call fails.
fn first_failure(name: &str) -> Reply {
    match name {
        "expired-requirements-once" => sentinel::expired(),
        _ => Reply::detail(
            http::StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
        ),
    }
}

/// Tells the turn, stores it and sends it.
fn answer(
    state: &State,
    caller: &Caller,
    request: &ConversationRequest,
    fault: Option<&'static str>,
) -> Result<Response, Reply> {
    let turn = Turn::plan(state, caller, request, fault)?;
    let fault = fault.unwrap_or_default();
    let framing = framing_for(&state.options.framing, fault);
    let encoding = if request.reads_v1 {
        Encoding::V1
    } else {
        Encoding::Cumulative
    };
    let mut recording = Recording::new(turn, fault, framing, encoding);
    let timeline = recording.timeline().ok_or_else(Reply::not_found)?;
    recording.note_exchanges(&timeline);
    let performance = faults::frames::spoil(fault, recording.first_frames(&timeline));
    let is_over = !recording.hands_off();
    let ending = Ending::of(state, &recording, &timeline).filter(|_| is_over);
    let response = respond(state, &performance, &mut recording, ending);
    turn::store(state, recording, &timeline);
    Ok(response)
}

/// A stream of a turn, and what is told when it is over.
fn respond(
    state: &State,
    performance: &Performance,
    recording: &mut Recording,
    ending: Option<Ending>,
) -> Response {
    let mut open = state.open_streams.open();
    if let Some(ending) = ending {
        open = open.then(|| ending.tell());
    }
    let open = Arc::new(open);
    recording.read_by(&open);
    let body = performance.body(state.options.pace, &recording.framing, open);
    let mut response = Response::new(body);
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    response
}

/// A fault that cuts a character needs one that is written as it is.
fn framing_for(framing: &Framing, fault: &str) -> Framing {
    let mut framing = framing.clone();
    if fault == "cut-character" {
        framing.escape_non_ascii = false;
    }
    framing
}
