//! One turn: from the account's catalogue and the sentinel's pass to the answer's stream.

use std::sync::Arc;

use bytes::Bytes;
use chatgpt::conversation_request::ConversationRequest;
use http::{HeaderMap, HeaderName, HeaderValue};
use transcode::model_name::{self, Resolution};
use transcode::reply::web_reader::WebReader;
use transcode::request::conversation::{Decisions, conversation_request};
use transcode::turn::Turn;
use uuid::Uuid;

use super::WebDriver;
use super::call::{Accepted, Call};
use super::requirements::{self, Pass, is_missing_route};
use super::turn_stream::TurnStream;
use super::{anonymous, catalogue, conversations, uploads};
use crate::driver::{AnswerStream, Question, Started};
use crate::failure::{ErrorAnswer, Failure, FailureKind, Retry};
use crate::response::content_type;

const NEWER: &str = "/backend-api/f/conversation";
const OLDER: &str = "/backend-api/conversation";

/// Starts a turn on one base URL.
pub(super) async fn start(
    driver: &WebDriver,
    call: &Arc<Call>,
    question: Question<'_>,
) -> Result<Started, Failure> {
    let settings = &driver.settings;
    let turn = question.turn;
    anonymous::check(call, question)?;
    let addressed = model_name::addressed(&turn.model);
    let (slug, thinking_effort) = resolve_model(driver, call, turn, addressed.model).await?;
    let parent_message_id = find_parent(call, turn).await?;
    let placed = uploads::place_all(call, question.files).await?;
    let keeps_history = driver.keeps_history(turn) && !call.credential.is_anonymous();
    let decisions = Decisions {
        slug: slug.clone(),
        gizmo_id: addressed.gizmo_id.map(str::to_owned),
        thinking_effort: thinking_effort.clone(),
        parent_message_id,
        keep_history: keeps_history,
        now: driver.clock.since_epoch().as_secs_f64(),
    };
    let request = conversation_request(turn, decisions, &placed, || Uuid::new_v4().to_string());
    let body = as_json(&request)?;
    let repeatable = request.history_and_training_disabled;
    let beside = HeaderMap::new();
    let sent = send_with_pass(driver, call, &body, &beside, repeatable);
    let accepted = match sent.await {
        Err(failure) if addressed.gizmo_id.is_some() => return Err(as_unknown_gizmo(failure)),
        result => result?,
    };
    let sent_ids = request
        .messages
        .into_iter()
        .map(|message| message.id)
        .collect();
    let reader = WebReader::new(sent_ids, question.style.clone());
    let is_effort_dropped = turn.effort.is_some() && thinking_effort.is_none();
    Ok(Started {
        stream: AnswerStream::new(TurnStream::new(
            accepted.response,
            reader,
            settings.idle_timeout,
            Arc::clone(call),
            Arc::clone(&driver.drift),
        )),
        slug,
        dropped: is_effort_dropped
            .then_some("reasoning_effort")
            .into_iter()
            .collect(),
        keeps_history,
        is_native: false,
    })
}

/// The slug, and the effort in the model's own words.
async fn resolve_model(
    driver: &WebDriver,
    call: &Call,
    turn: &Turn,
    name: &str,
) -> Result<(String, Option<String>), Failure> {
    let settings = &driver.settings;
    let check = settings.check_model;
    let without = model_name::resolve(name, None, check);
    let offered = match (&without, turn.effort) {
        (Resolution::Slug(_), None) => None,
        _ => Some(catalogue::get(&driver.catalogues, call).await?),
    };
    match model_name::resolve(name, offered.as_deref(), check) {
        Resolution::Slug(slug) => {
            let model = offered.as_deref().and_then(|it| it.find(&slug));
            let effort = turn.effort.zip(model);
            let effort =
                effort.and_then(|(effort, model)| model_name::thinking_effort(effort, model));
            Ok((slug, effort))
        }
        Resolution::Unknown(near) => Err(unknown_model(name, near)),
        Resolution::AskCatalogue => Err(unknown_model(name, Vec::new())),
    }
}

fn unknown_model(name: &str, near: Vec<String>) -> Failure {
    let alike = if near.is_empty() {
        String::from("GET /v1/models lists what there is")
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Failure::new(
        FailureKind::UnknownModel(near),
        Retry::OtherAccount,
        format!("the model \"{name}\" does not exist; {alike}"),
    )
}

/// A GPT or project that is not found may be another account's, as a model may be.
fn as_unknown_gizmo(failure: Failure) -> Failure {
    if failure.kind != FailureKind::NotFound {
        return failure;
    }
    Failure {
        kind: FailureKind::UnknownModel(Vec::new()),
        retry: Retry::OtherAccount,
        message: "the account has no such GPT or project; GET /v1/models lists what there is"
            .to_owned(),
        ..failure
    }
}

/// The message to go on from, when the caller names only the conversation.
async fn find_parent(call: &Call, turn: &Turn) -> Result<Option<String>, Failure> {
    match (&turn.conversation_id, &turn.parent_message_id) {
        (Some(id), None) => conversations::current_node(call, id).await,
        _ => Ok(None),
    }
}

/// Posts the body to the route upstream has; each try has a pass of its own, and one
/// that upstream finds stale is renewed once.
pub(super) async fn send_with_pass(
    driver: &WebDriver,
    call: &Call,
    body: &Bytes,
    beside: &HeaderMap,
    repeatable: bool,
) -> Result<Accepted, Failure> {
    let memory = &call.routes().newer_conversation;
    let mut renewed = false;
    loop {
        let mut headers = beside.clone();
        if !driver.settings.conversation_only {
            headers.extend(pass_headers(&requirements::obtain(driver, call).await?)?);
        }
        let is_newer = memory.may_exist();
        let path = if is_newer { NEWER } else { OLDER };
        let posted = call.post_for_events(path, headers, body.clone(), repeatable);
        match posted.await {
            Err(failure) if is_newer && is_missing_route(&failure) => memory.is_missing(),
            Err(failure) if !renewed && is_stale_pass(&failure) => renewed = true,
            result => return expect_events(call, result?).await,
        }
    }
}

fn as_json(request: &ConversationRequest) -> Result<Bytes, Failure> {
    let body = serde_json::to_vec(request).map_err(|_| {
        Failure::new(
            FailureKind::Rejected,
            Retry::Never,
            "the request cannot be written as JSON",
        )
    })?;
    Ok(Bytes::from(body))
}

/// An answer in JSON is a refusal or a hand-over, never an answer.
async fn expect_events(call: &Call, accepted: Accepted) -> Result<Accepted, Failure> {
    if !content_type(&accepted.response).starts_with("application/json") {
        return Ok(accepted);
    }
    let body = call.read_error_body(accepted.response).await;
    let answer = ErrorAnswer {
        status: 200,
        is_html: false,
        is_mitigated: false,
        retry_after: None,
        body: &body,
    };
    let failure = answer.failure(&call.place());
    if failure.kind != FailureKind::Upstream {
        return Err(failure);
    }
    Err(Failure::new(
        FailureKind::BadContent,
        Retry::Never,
        "upstream answered with JSON where a stream of events was due",
    ))
}

fn pass_headers(pass: &Pass) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let mut insert = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Failure::new(
                FailureKind::BadContent,
                Retry::AnyAccount,
                "upstream's requirements token has characters no header can carry",
            )
        })?;
        headers.insert(HeaderName::from_static(name), value);
        Ok::<(), Failure>(())
    };
    insert("openai-sentinel-chat-requirements-token", &pass.token)?;
    if let Some(proof) = &pass.proof {
        insert("openai-sentinel-proof-token", proof)?;
    }
    Ok(headers)
}

/// Whether upstream refused the pass because it is too old or was used.
fn is_stale_pass(failure: &Failure) -> bool {
    let said = failure.message.to_lowercase();
    failure.kind == FailureKind::Forbidden && said.contains("token") && said.contains("expired")
}
