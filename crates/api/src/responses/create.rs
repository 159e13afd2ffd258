//! `POST /v1/responses`: reads what is asked, looks up what came before, and answers: whole,
//! streamed, or in the background. The socket answers through it too.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use openai::chat_completion::FinishReason;
use serde_json::Value;
use transcode::driver_kind::DriverKind;
use transcode::parameter_table::FaceKind;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::reply::reply_head::ReplyHead;
use transcode::reply::response_answer::{Ending, ResponseAnswer, ResponseStyle};
use transcode::reply::response_told::Written;
use transcode::request::response_create::{self, ResponseRequest};
use transcode::request::response_input;
use transcode::request::responses_native;
use uuid::Uuid;
use web::caller_auth::Authenticated;
use web::{ApiError, caller_auth, event_stream, json_body};

use super::answer::Answer;
use super::background::{self, Background};
use super::chats;
use super::context::{self, Context};
use super::keeping::Keeper;
use super::live::Live;
use super::memory::LaneMemory;
use super::run::{Run, now};
use crate::answering::{self, Asking};
use crate::proven_caller::owner_of;
use crate::reply_headers;
use crate::{Api, metering};

const ROUTE: &str = "/v1/responses";

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let request = response_create::read(&body)?;
    drop(body);
    let is_streamed = request.stream;
    let Begun { about, making } = begin(&api, who, &headers, request, None).await?;
    let mut response = match making {
        Making::Alone { live, .. } if is_streamed => {
            let told = live.watch(0).map(|told| bytes(&told));
            event_stream::response(told, api.heartbeat)
        }
        Making::Alone { body, .. } => Json(body).into_response(),
        Making::Here { run, keeper } if is_streamed => {
            let told = streamed(Arc::clone(&api), *run, keeper).map(|told| bytes(&told.events));
            event_stream::response(told, api.heartbeat)
        }
        Making::Here { run, keeper } => whole(&api, *run, &keeper).await?,
    };
    response.headers_mut().extend(about);
    Ok(response)
}

/// A response that is on its way.
pub(super) struct Begun {
    /// The headers of the reply.
    pub(super) about: HeaderMap,
    pub(super) making: Making,
}

/// Who makes it.
pub(super) enum Making {
    /// Whoever reads it.
    Here { run: Box<Run>, keeper: Keeper },
    /// A task of its own, in the background; `body` is what is known of it.
    Alone { live: Arc<Live>, body: Value },
}

/// Has a request answered, up to where the answer begins; `memory` is that of its connection.
pub(super) async fn begin(
    api: &Arc<Api>,
    who: Authenticated,
    headers: &HeaderMap,
    request: ResponseRequest,
    memory: Option<LaneMemory>,
) -> Result<Begun, ApiError> {
    let chat_id = chats::named(headers, &request)?;
    let (owner, context) = looked_up(api, &who, &request, memory.as_ref()).await?;
    if let (Some(owner), Some(chat_id)) = (&owner, &chat_id) {
        chats::check(api, owner, chat_id).await?;
    }
    let (asking, mut keeper, request) = prepare(api, &who, owner, request, context, memory)?;
    keeper.chat_id = chat_id;
    let meter = metering::admit(api, &who, ROUTE, Some(&asking.turn)).await?;
    let answer = ResponseAnswer::new(head(api, &request), style(&request));
    let previews = previews(&request);
    if request.background {
        let mut about = HeaderMap::new();
        let unknown = asking.asked.iter().filter(|it| it.parameter.is_none());
        // Who answers is not known yet, and may take the body as it is.
        let unknown = unknown.filter(|_| asking.turn.native.is_none());
        reply_headers::name_dropped(&mut about, unknown.map(|it| it.name.as_str()));
        let work = Background {
            who,
            headers: headers.clone(),
            asking,
            meter,
            keeper,
            previews,
        };
        let making = background::start(api, work, answer).await?;
        return Ok(Begun { about, making });
    }
    let begun = answering::begin(api, &who, headers, FaceKind::Responses, asking, meter).await?;
    let about = begun.about.clone();
    let answer = Answer::begun(answer, &begun);
    let run = Box::new(Run::new(begun, answer, previews));
    let making = Making::Here { run, keeper };
    Ok(Begun { about, making })
}

/// Keeps what is said and asks nobody; whoever goes on from it sends only what is new.
pub(super) async fn only_keep(
    api: &Api,
    who: &Authenticated,
    request: ResponseRequest,
    memory: LaneMemory,
) -> Result<Vec<Written>, ApiError> {
    let (owner, context) = looked_up(api, who, &request, Some(&memory)).await?;
    if !(context.before.is_empty() && context.input.is_empty()) {
        // What could not be asked is refused now.
        response_input::messages(None, &context.before, &context.input)?;
    }
    let mut meter = metering::admit(api, who, ROUTE, Some(&request.turn)).await?;
    let mut answer = ResponseAnswer::new(head(api, &request), style(&request));
    answer.begin();
    answer.end(Ending::Finished(FinishReason::Stop), now(api));
    let mut answer = Answer::Ours(Box::new(answer));
    keeper(owner, &request, context, Some(memory))
        .end(api, &answer, None)
        .await;
    meter.ended_well();
    Ok(answer.take_written())
}

/// Whose a request is, if that matters, and what came before it.
async fn looked_up(
    api: &Api,
    who: &Authenticated,
    request: &ResponseRequest,
    memory: Option<&LaneMemory>,
) -> Result<(Option<String>, Context), ApiError> {
    let owner = if context::needs_owner(request) {
        Some(owner_of(api, &who.caller).await?)
    } else {
        None
    };
    let context = context::resolve(api, owner.as_deref(), request, memory).await?;
    Ok((owner, context))
}

/// Turns a request and what came before it into a question, and into what is kept of it.
fn prepare(
    api: &Api,
    who: &Authenticated,
    owner: Option<String>,
    mut request: ResponseRequest,
    context: Context,
    memory: Option<LaneMemory>,
) -> Result<(Asking, Keeper, ResponseRequest), ApiError> {
    let instructions = request.instructions.as_deref();
    let read = response_input::messages(instructions, &context.before, &context.input)?;
    let mut turn = std::mem::take(&mut request.turn);
    turn.messages = read.messages;
    if api.pool.has_accounts_for(&who.caller, DriverKind::Platform) {
        let said = context::as_sent(std::mem::take(&mut request.input), &context.input);
        let native = responses_native::resolved(&request.body, &context.before, said);
        turn.native = Some(native);
    }
    request.turn.model.clone_from(&turn.model);
    let reasoning = match api.reasoning_format {
        ReasoningFormat::Hidden => ReasoningFormat::Hidden,
        // Thoughts have items of their own.
        ReasoningFormat::Parsed | ReasoningFormat::Raw => ReasoningFormat::Parsed,
    };
    let mut asked = std::mem::take(&mut request.asked);
    asked.extend(read.foreign);
    let asking = Asking {
        turn,
        is_streamed: request.stream,
        states_usage: true,
        workspace: None,
        reasoning: Some(reasoning),
        activity: Some(ActivityFormat::Structured),
        delete_after_minutes: None,
        asked,
        dropped: Vec::new(),
    };
    let keeper = keeper(owner, &request, context, memory);
    Ok((asking, keeper, request))
}

fn keeper(
    owner: Option<String>,
    request: &ResponseRequest,
    context: Context,
    memory: Option<LaneMemory>,
) -> Keeper {
    let Context { before, input } = context;
    Keeper {
        owner,
        is_stored: request.store,
        previous_id: request.previous_response_id.clone(),
        conversation_id: request.conversation.clone(),
        chat_id: None,
        input,
        before: if memory.is_some() { before } else { Vec::new() },
        memory,
        was_begun: false,
    }
}

fn head(api: &Api, request: &ResponseRequest) -> ReplyHead {
    ReplyHead {
        id: format!("resp_{}", Uuid::new_v4().simple()),
        created: now(api),
        model: request.turn.model.clone(),
        show_ids: false,
        prompt_tokens: 0,
        activity: ActivityFormat::Structured,
        is_native: false,
    }
}

fn style(request: &ResponseRequest) -> ResponseStyle {
    ResponseStyle {
        echo: request.echo.clone(),
        is_streamed: request.stream,
        shows_sealed: request.shows_sealed,
    }
}

/// How many previews of pictures are asked for; a whole answer shows none.
fn previews(request: &ResponseRequest) -> u64 {
    let tools = request.echo["tools"].as_array().into_iter().flatten();
    let asked = tools.filter_map(|tool| tool["partial_images"].as_u64());
    if request.stream {
        asked.max().unwrap_or_default()
    } else {
        0
    }
}

/// What is told at once.
pub(super) struct Told {
    pub(super) events: Vec<Written>,
    /// Why the answer broke, if one of the events says that it did.
    pub(super) error: Option<ApiError>,
}

/// The answer as events; it is kept before its end is told.
pub(super) fn streamed(api: Arc<Api>, run: Run, keeper: Keeper) -> impl Stream<Item = Told> {
    futures_util::stream::unfold(Some((api, run, keeper)), |state| async move {
        let (api, mut run, keeper) = state?;
        loop {
            let events = run.answer().take_written();
            if !events.is_empty() {
                let error = run.take_error();
                let rest = (!run.is_over()).then_some((api, run, keeper));
                return Some((Told { events, error }, rest));
            }
            if run.is_over() {
                return None;
            }
            run.step(&api).await;
            if run.is_over() {
                keeper.end(&api, run.answer(), None).await;
            }
        }
    })
}

/// The whole answer; one that breaks is an error, whatever came before.
async fn whole(api: &Api, mut run: Run, keeper: &Keeper) -> Result<Response, ApiError> {
    while !run.is_over() {
        run.step(api).await;
    }
    if let Some(error) = run.take_error() {
        return Err(error);
    }
    keeper.end(api, run.answer(), None).await;
    let response = run.answer().body();
    Ok(Json(response).into_response())
}

pub(super) fn bytes(events: &[Written]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        event.write(&mut out);
    }
    out
}
