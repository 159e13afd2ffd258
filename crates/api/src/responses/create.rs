//! `POST /v1/responses`: reads what is asked, looks up what came before, and answers: whole,
//! streamed, or in the background.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use http::HeaderMap;
use serde_json::json;
use transcode::parameter_table::FaceKind;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::reply::reply_head::ReplyHead;
use transcode::reply::response_answer::{ResponseAnswer, ResponseStyle};
use transcode::reply::response_told::Written;
use transcode::request::response_create::{self, ResponseRequest};
use transcode::request::response_input;
use uuid::Uuid;
use web::{ApiError, caller_auth, event_stream, json_body};

use super::background::{self, Background};
use super::context::{self, Context};
use super::keeping::Keeper;
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
    let owner = if context::needs_owner(&request) {
        Some(owner_of(&api, &who.caller).await?)
    } else {
        None
    };
    let context = context::resolve(&api, owner.as_deref(), &request).await?;
    let (asking, keeper, request) = prepare(&api, owner, request, context)?;
    let meter = metering::admit(&api, &who, ROUTE, Some(&asking.turn)).await?;
    let answer = ResponseAnswer::new(head(&api, &request), style(&request));
    let previews = previews(&request);
    if request.background {
        let mut about = HeaderMap::new();
        reply_headers::name_dropped(&mut about, asking.dropped.iter().map(String::as_str));
        let work = Background {
            who,
            headers,
            asking,
            meter,
            keeper,
            previews,
        };
        let mut response = background::start(&api, work, answer, request.stream).await?;
        response.headers_mut().extend(about);
        return Ok(response);
    }
    let begun = answering::begin(&api, &who, &headers, FaceKind::Responses, asking, meter).await?;
    let about = begun.about.clone();
    let mut answer = answer;
    answer.set_head(&begun.opened.slug, begun.prompt_tokens);
    answer.begin();
    let run = Run::new(begun, answer, previews);
    let mut response = if request.stream {
        event_stream::response(streamed(Arc::clone(&api), run, keeper), api.heartbeat)
    } else {
        whole(&api, run, &keeper).await?
    };
    response.headers_mut().extend(about);
    Ok(response)
}

/// Turns a request and what came before it into a question, and into what is kept of it.
fn prepare(
    api: &Api,
    owner: Option<String>,
    mut request: ResponseRequest,
    context: Context,
) -> Result<(Asking, Keeper, ResponseRequest), ApiError> {
    let Context { before, input } = context;
    let instructions = request.instructions.as_deref();
    let read = response_input::messages(instructions, &before, &input)?;
    let mut turn = std::mem::take(&mut request.turn);
    turn.messages = read.messages;
    request.turn.model.clone_from(&turn.model);
    let reasoning = match api.reasoning_format {
        ReasoningFormat::Hidden => ReasoningFormat::Hidden,
        // Thoughts have items of their own.
        ReasoningFormat::Parsed | ReasoningFormat::Raw => ReasoningFormat::Parsed,
    };
    let asking = Asking {
        turn,
        is_streamed: request.stream,
        states_usage: true,
        workspace: None,
        reasoning: Some(reasoning),
        activity: Some(ActivityFormat::Structured),
        delete_after_minutes: None,
        asked: std::mem::take(&mut request.asked),
        dropped: read.dropped,
    };
    let keeper = Keeper {
        owner,
        is_stored: request.store,
        previous_id: request.previous_response_id.clone(),
        conversation_id: request.conversation.clone(),
        input,
        was_begun: false,
    };
    Ok((asking, keeper, request))
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

/// The answer as events; it is kept before its end is told.
fn streamed(api: Arc<Api>, run: Run, keeper: Keeper) -> impl Stream<Item = Vec<u8>> {
    futures_util::stream::unfold(Some((api, run, keeper)), |state| async move {
        let (api, mut run, keeper) = state?;
        loop {
            let told = bytes(&run.answer().take_written());
            if !told.is_empty() {
                let rest = (!run.is_over()).then_some((api, run, keeper));
                return Some((told, rest));
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
    let response = serde_json::to_value(run.answer().response());
    Ok(Json(response.unwrap_or_else(|_| json!({}))).into_response())
}

pub(super) fn bytes(events: &[Written]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        event.write(&mut out);
    }
    out
}
