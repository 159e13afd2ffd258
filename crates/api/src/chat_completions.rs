//! `POST /v1/chat/completions`, streamed and whole.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use transcode::reply::chat_chunks::ChatChunks;
use transcode::reply::chat_reply::ChatReply;
use transcode::reply::output_limits::LimitKeeper;
use transcode::reply::reply_head::ReplyHead;
use transcode::request::chat_completion::{self, ChatRequest};
use transcode::request::leading_urls;
use transcode::token_count;
use transcode::turn::{AttachmentKind, ImageDetail, Turn, TurnMessage};
use transcode::turn_event::TurnEvent;
use upstream::{AnswerStream, Failure, FailureKind, FileRole, PreparedFile, Retry};
use uuid::Uuid;
use web::caller_auth::Authenticated;
use web::{ApiError, caller_auth, event_stream, json_body};

use crate::Api;
use crate::chat_stream::ChatStream;
use crate::conversation::{self, Asked, Opened};
use crate::metering::{self, Meter};
use crate::public_base::public_base;
use crate::reply_headers::{self, ATTEMPTS, DOWNGRADED_FROM, MODEL, SEED_REBOUND, USAGE};
use crate::watch::Watch;
use crate::{attachments, deletions};

const ROUTE: &str = "/v1/chat/completions";

/// A prompt longer than this is counted off the async threads.
const COUNTED_INLINE_BYTES: usize = 8 << 10;

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let mut request = chat_completion::read(&body)?;
    drop(body);
    if api.uploads_by_url {
        leading_urls::attach(&mut request.turn);
    }
    let delete_after = deletions::wanted(&api, &who.caller, &mut request)?;
    let meter = metering::admit(&api, &who, ROUTE, Some(&request.turn)).await?;
    if let Some(most) = meter.max_answer_tokens() {
        let limits = &mut request.turn.limits;
        limits.max_tokens = Some(limits.max_tokens.map_or(most, |it| it.min(most)));
    }
    answer(&api, &who, &headers, request, delete_after, meter).await
}

/// Answers a request that was let in.
async fn answer(
    api: &Arc<Api>,
    who: &Authenticated,
    headers: &HeaderMap,
    request: ChatRequest,
    delete_after: Option<u32>,
    mut meter: Meter,
) -> Result<Response, ApiError> {
    let files = attachments::prepare(api, &who.caller, &request.turn).await;
    let files = files.inspect_err(|error| meter.failed(error))?;
    let base = public_base(api, headers);
    let activity = request.tool_activity.unwrap_or(api.tool_activity);
    let asked = Asked {
        caller: &who.caller,
        workspace: request.account_id.as_deref().or(who.workspace.as_deref()),
        turn: &request.turn,
        files: &files,
        reasoning: request.reasoning_format.unwrap_or(api.reasoning_format),
        activity,
        base: &base,
    };
    let (opened, prompt_tokens) = tokio::join!(
        conversation::open(api, asked),
        count_prompt(&request, &files)
    );
    let mut opened = opened.inspect_err(|error| meter.failed(error))?;
    let head = ReplyHead {
        id: format!("chatcmpl-{}", Uuid::new_v4().simple()),
        created: api.clock.since_epoch().as_secs(),
        model: opened.slug.clone(),
        show_ids: opened.keeps_history,
        prompt_tokens,
        activity,
    };
    let about = reply_headers(&request, who, &opened, &files);
    let limits = LimitKeeper::is_needed(&request.turn.limits)
        .then(|| LimitKeeper::new(request.turn.limits.clone()));
    let (is_streamed, include_usage) = (request.stream, request.include_usage);
    meter.answered_by(opened.watch.lease().account_id(), opened.attempts);
    let pictures = count_pictures(&request.turn, &files);
    meter.asked(&request.turn, pictures);
    opened.watch = opened.watch.deleted_after(delete_after).metered(meter);
    let mut response = if is_streamed {
        let chunks = ChatChunks::new(head, include_usage);
        let stream = ChatStream::new(Arc::clone(api), opened, limits, chunks);
        event_stream::response(stream, api.heartbeat)
    } else {
        gather(api, opened, limits, head).await?
    };
    response.headers_mut().extend(about);
    Ok(response)
}

/// Gathers the whole answer; one that breaks is a failure, whatever came before.
async fn gather(
    api: &Api,
    opened: Opened,
    limits: Option<LimitKeeper>,
    head: ReplyHead,
) -> Result<Response, ApiError> {
    let Opened {
        mut watch,
        first,
        stream,
        attempts,
        ..
    } = opened;
    let gathered = gather_events(api, &mut watch, first, stream, limits, head).await;
    match gathered {
        Ok(json) => {
            watch.ended_well();
            let content_type = HeaderValue::from_static("application/json");
            Ok(([(header::CONTENT_TYPE, content_type)], json).into_response())
        }
        Err(failure) => {
            let error = ApiError::from(failure).with_attempts(attempts);
            watch.failed(&error);
            Err(error)
        }
    }
}

async fn gather_events(
    api: &Api,
    watch: &mut Watch,
    mut events: Vec<TurnEvent>,
    mut stream: AnswerStream,
    mut limits: Option<LimitKeeper>,
    head: ReplyHead,
) -> Result<Vec<u8>, Failure> {
    let mut reply = ChatReply::new(head);
    loop {
        if let Some(limits) = &mut limits {
            limits.apply(&mut events);
        }
        for event in events {
            watch.see(api, &event);
            reply.push(event);
        }
        if limits.as_ref().is_some_and(LimitKeeper::is_reached) {
            break;
        }
        match stream.next().await {
            Some(more) => events = more?,
            None => break,
        }
    }
    reply.to_json().ok_or_else(|| {
        Failure::new(
            FailureKind::Truncated,
            Retry::Never,
            "upstream's answer ended before it was complete",
        )
    })
}

/// What will be counted of an answer, and so has to be ready before it begins.
fn needs_tokenizer(request: &ChatRequest) -> bool {
    !request.stream || request.include_usage || request.turn.limits.max_tokens.is_some()
}

/// Counts the prompt if anything of this request is counted: its text, and its pictures by
/// their size.
async fn count_prompt(request: &ChatRequest, files: &[PreparedFile]) -> u64 {
    if !needs_tokenizer(request) {
        return 0;
    }
    let turn = &request.turn;
    let pictures = count_pictures(turn, files);
    let is_short = token_count::prompt_bytes(turn) <= COUNTED_INLINE_BYTES;
    if is_short && token_count::is_loaded() {
        return pictures + token_count::prompt(turn);
    }
    let texts = turn.texts_only();
    let counting = tokio::task::spawn_blocking(move || {
        token_count::load();
        token_count::prompt(&texts)
    });
    pictures + counting.await.unwrap_or_default()
}

fn count_pictures(turn: &Turn, files: &[PreparedFile]) -> u64 {
    let attachments = turn.messages.iter().flat_map(TurnMessage::attachments);
    let tokens = attachments.zip(files).map(|(attachment, file)| {
        let detail = match attachment.kind {
            AttachmentKind::Image(detail) => detail,
            AttachmentKind::Audio | AttachmentKind::File => ImageDetail::Auto,
        };
        match file.role {
            FileRole::Image(width, height) => token_count::image(width, height, detail),
            FileRole::Recording | FileRole::Document => 0,
        }
    });
    tokens.sum()
}

fn reply_headers(
    request: &ChatRequest,
    who: &Authenticated,
    opened: &Opened,
    files: &[PreparedFile],
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if who.caller.was_rebound() {
        headers.insert(SEED_REBOUND, HeaderValue::from_static("true"));
    }
    reply_headers::set(&mut headers, MODEL, opened.model());
    headers.insert(ATTEMPTS, opened.attempts.into());
    headers.insert(USAGE, HeaderValue::from_static("{\"estimated\":true}"));
    if opened.is_downgraded() {
        reply_headers::set(&mut headers, DOWNGRADED_FROM, &opened.slug);
    }
    let dropped = request
        .dropped
        .iter()
        .map(String::as_str)
        .chain(opened.dropped.iter().copied());
    reply_headers::name_dropped(&mut headers, dropped);
    let is_heard = files.iter().any(|file| file.role == FileRole::Recording);
    let emulated = is_heard.then_some("input_audio").into_iter();
    reply_headers::name_emulated(&mut headers, emulated);
    headers
}
