//! Answering a request, whichever face it came through: from an admitted turn to a reply.
//!
//! A face says what is asked and how answers are written; attachments, attempts, limits, counting
//! and headers are the same for all. Called by the handlers of chats.

use std::sync::Arc;

use accounts::Caller;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use openai::error::InvalidRequest;
use transcode::model_name;
use transcode::parameter_table::{AskedParameter, FaceKind};
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::reply::chat_chunks::RewrittenAnswer;
use transcode::reply::output_limits::LimitKeeper;
use transcode::reply::reply_head::ReplyHead;
use transcode::turn::{OutputLimits, Turn};
use transcode::turn_event::TurnEvent;
use upstream::{AnswerStream, DriverKind, Failure, FailureKind, FileRole, PreparedFile, Retry};
use uuid::Uuid;
use web::caller_auth::Authenticated;
use web::public_base::public_base;
use web::{ApiError, event_stream};

use crate::answer_stream::FaceStream;
use crate::conversation::{self, Asked, Opened};
use crate::metering::Meter;
use crate::prompt_count::{count_pictures, count_prompt};
use crate::reply_headers::{
    self, ACCOUNT, ATTEMPTS, CONTINUED, DOWNGRADED_FROM, DRIVER, MODEL, SEED_REBOUND, USAGE,
};
use crate::routing::{self, Route, Routed};
use crate::watch::Watch;
use crate::{Api, attachments, continuing};

/// Writes one streamed answer in a face's protocol.
pub(crate) trait StreamWriter: Send + Unpin + 'static {
    /// Appends what an event is to the caller.
    fn write(&mut self, event: TurnEvent, out: &mut Vec<u8>) -> Result<(), RewrittenAnswer>;

    /// Appends the end of an answer that broke.
    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>);
}

/// Gathers one whole answer in a face's protocol.
pub(crate) trait WholeWriter: Send {
    /// Takes one event.
    fn push(&mut self, event: TurnEvent);

    /// The answer; `None` while it is not finished.
    fn to_json(&self) -> Option<Vec<u8>>;
}

/// How a face answers.
pub(crate) trait Face {
    /// What every id of an answer begins with, as `chatcmpl-`.
    const ID_PREFIX: &'static str;

    /// Whose parameters they are.
    const KIND: FaceKind;

    /// A writer of a streamed answer.
    fn stream(&self, head: ReplyHead) -> impl StreamWriter;

    /// A writer of a whole answer.
    fn whole(&self, head: ReplyHead) -> impl WholeWriter;
}

/// What is asked, as a face read it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asking {
    pub(crate) turn: Turn,
    pub(crate) is_streamed: bool,
    /// Whether the answer states its usage.
    pub(crate) states_usage: bool,
    /// The workspace to act for, overruling headers.
    pub(crate) workspace: Option<String>,
    pub(crate) reasoning: Option<ReasoningFormat>,
    pub(crate) activity: Option<ActivityFormat>,
    pub(crate) delete_after_minutes: Option<u32>,
    /// Every parameter that asks for something.
    pub(crate) asked: Vec<AskedParameter>,
    /// What has no effect on any driver, by name.
    pub(crate) dropped: Vec<String>,
}

/// An answer that has begun, with all that is said about it.
pub(crate) struct Begun {
    pub(crate) opened: Opened,
    pub(crate) limits: Option<LimitKeeper>,
    pub(crate) prompt_tokens: u64,
    pub(crate) activity: ActivityFormat,
    /// The headers of the reply.
    pub(crate) about: HeaderMap,
}

/// Answers a request that was let in.
pub(crate) async fn answer<F: Face>(
    api: &Arc<Api>,
    who: &Authenticated,
    headers: &HeaderMap,
    asking: Asking,
    meter: Meter,
    face: &F,
) -> Result<Response, ApiError> {
    let is_streamed = asking.is_streamed;
    let begun = begin(api, who, headers, F::KIND, asking, meter).await?;
    let head = head(api, &begun, new_id(F::ID_PREFIX));
    let Begun { opened, limits, .. } = begun;
    let mut response = if is_streamed {
        let stream = FaceStream::new(Arc::clone(api), opened, limits, face.stream(head));
        event_stream::response(stream, api.heartbeat)
    } else {
        // Boxed, so that a streamed answer has no room for it.
        Box::pin(gather(api, opened, limits, face.whole(head))).await?
    };
    response.headers_mut().extend(begun.about);
    Ok(response)
}

/// Has a request that was let in answered, up to where the answer begins.
pub(crate) async fn begin(
    api: &Api,
    who: &Authenticated,
    headers: &HeaderMap,
    face: FaceKind,
    mut asking: Asking,
    mut meter: Meter,
) -> Result<Begun, ApiError> {
    let budget = meter.max_answer_tokens();
    if let Some(most) = budget {
        keep_to(&mut asking.turn, most).map_err(|refused| {
            let error = ApiError::from(refused);
            meter.failed(&error);
            error
        })?;
    }
    let routes = route(api, &who.caller, face, &mut asking);
    let routes = routes.inspect_err(|error| meter.failed(error))?;
    let files = attachments::prepare(api, &who.caller, &asking.turn).await;
    let files = files.inspect_err(|error| meter.failed(error))?;
    let base = public_base(api.public_url.as_ref(), &api.path_prefix, headers);
    let activity = asking.activity.unwrap_or(api.tool_activity);
    let asked = Asked {
        caller: &who.caller,
        workspace: asking.workspace.as_deref().or(who.workspace.as_deref()),
        turn: &asking.turn,
        routes: &routes,
        wants_native: asking.turn.native.is_some() && !asking.turn.names_kept_files(),
        files: &files,
        reasoning: asking.reasoning.unwrap_or(api.reasoning_format),
        activity,
        base: &base,
        may_continue: continuing::is_wanted(api, &who.caller, headers),
    };
    let (opened, prompt_tokens) = tokio::join!(
        // Boxed, for what the attempts keep is large.
        Box::pin(conversation::open(api, asked)),
        count_prompt(&asking, &files)
    );
    let mut opened = opened.inspect_err(|error| meter.failed(error))?;
    let about = reply_headers(&asking, who, &opened, &files);
    let account = opened.watch.lease().account_id();
    meter.answered_by(account, opened.route.driver, opened.attempts);
    meter.asked(&asking.turn, count_pictures(&asking.turn, &files));
    let delete_after = asking.delete_after_minutes;
    opened.watch = opened.watch.deleted_after(delete_after).metered(meter);
    let limits = limits_kept(opened.route.driver, asking.turn.limits, budget.is_some());
    Ok(Begun {
        opened,
        limits: LimitKeeper::is_needed(&limits).then(|| LimitKeeper::new(limits)),
        prompt_tokens,
        activity,
        about,
    })
}

/// The drivers that can answer; takes a driver's name off the model's.
pub(crate) fn route(
    api: &Api,
    caller: &Caller,
    face: FaceKind,
    asking: &mut Asking,
) -> Result<Vec<Route>, ApiError> {
    let (named, model) = model_name::driver_named(&asking.turn.model);
    let model = model.to_owned();
    asking.turn.model = model;
    let routed = Routed {
        caller,
        face,
        named,
        turn: &asking.turn,
        asked: &asking.asked,
    };
    routing::plan(api, routed)
}

/// Asks for no more than a key's budget has left, in the caller's own body too.
fn keep_to(turn: &mut Turn, most: u64) -> Result<(), InvalidRequest> {
    let limits = &mut turn.limits;
    let most = limits.max_tokens.map_or(most, |it| it.min(most));
    limits.max_tokens = Some(most);
    limits.max_beside = Some(most);
    turn.native.as_mut().map_or(Ok(()), |it| it.keep_to(most))
}

/// What is kept here of the limits: what upstream is not told, and all of a key's budget.
fn limits_kept(driver: DriverKind, mut limits: OutputLimits, is_budget: bool) -> OutputLimits {
    if driver == DriverKind::Platform && !is_budget {
        limits.max_tokens = None;
    }
    limits
}

/// What an answer that has begun says about itself.
pub(crate) fn head(api: &Api, begun: &Begun, id: String) -> ReplyHead {
    let opened = &begun.opened;
    ReplyHead {
        id,
        created: api.clock.since_epoch().as_secs(),
        model: opened.slug.clone(),
        show_ids: opened.keeps_history,
        prompt_tokens: begun.prompt_tokens,
        activity: begun.activity,
        is_native: opened.is_native,
    }
}

/// An id that was never used.
pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}{}", Uuid::new_v4().simple())
}

/// Gathers the whole answer; one that breaks is a failure, whatever came before.
async fn gather(
    api: &Api,
    opened: Opened,
    limits: Option<LimitKeeper>,
    mut whole: impl WholeWriter,
) -> Result<Response, ApiError> {
    let json = read_whole(api, opened, limits, &mut whole).await?;
    let content_type = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, content_type)], json).into_response())
}

/// Reads the whole answer into `whole`, which then is finished.
pub(crate) async fn read_whole(
    api: &Api,
    opened: Opened,
    limits: Option<LimitKeeper>,
    whole: &mut impl WholeWriter,
) -> Result<Vec<u8>, ApiError> {
    let Opened {
        mut watch,
        first,
        stream,
        attempts,
        ..
    } = opened;
    let gathered = gather_events(api, &mut watch, first, stream, limits, whole).await;
    match gathered {
        Ok(json) => {
            watch.ended_well();
            Ok(json)
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
    reply: &mut impl WholeWriter,
) -> Result<Vec<u8>, Failure> {
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

fn reply_headers(
    asking: &Asking,
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
    let route = &opened.route;
    headers.insert(DRIVER, HeaderValue::from_static(route.driver.name()));
    if route.driver == DriverKind::Web {
        // The others state their usage, mostly; the answer says what it was.
        headers.insert(USAGE, HeaderValue::from_static("{\"estimated\":true}"));
    }
    if who.caller.is_operator() {
        let account = opened.watch.lease().credential().label();
        reply_headers::set(&mut headers, ACCOUNT, account);
    }
    if opened.is_continued {
        headers.insert(CONTINUED, HeaderValue::from_static("true"));
    }
    if opened.is_downgraded() {
        reply_headers::set(&mut headers, DOWNGRADED_FROM, &opened.slug);
    }
    let dropped = asking.dropped.iter().chain(&route.dropped);
    let dropped = dropped.map(String::as_str);
    let dropped = dropped.chain(opened.dropped.iter().copied());
    reply_headers::name_dropped(&mut headers, dropped);
    let is_heard = files.iter().any(|file| file.role == FileRole::Recording);
    let is_heard = is_heard && route.driver == DriverKind::Web;
    let emulated = route.emulated.iter().map(String::as_str);
    let emulated = emulated.chain(is_heard.then_some("input_audio"));
    reply_headers::name_emulated(&mut headers, emulated);
    headers
}
