//! Responses that go on without their callers: begun, watched, ended, and kept.
//!
//! While one is made its process says so every so often; who does not hear of it any more takes
//! it for over.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use transcode::parameter_table::FaceKind;
use transcode::reply::response_answer::{Ending, ResponseAnswer};
use web::caller_auth::Authenticated;
use web::{ApiError, event_stream};

use super::keeping::Keeper;
use super::live::Live;
use super::run::{Run, ending_of, now};
use super::store_error;
use crate::Api;
use crate::answering::{self, Asking};
use crate::metering::Meter;

/// How often it is said that a response is still made.
const ALIVE_PERIOD: Duration = Duration::from_secs(2);

/// Everything that a response needs to be made.
pub(super) struct Background {
    pub(super) who: Authenticated,
    pub(super) headers: HeaderMap,
    pub(super) asking: Asking,
    pub(super) meter: Meter,
    pub(super) keeper: Keeper,
    pub(super) previews: u64,
}

/// Why a response is ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// Its caller wants that, or has deleted it.
    ByCaller,
    /// The program ends.
    ByProgram,
}

/// Begins a response, and answers with what is known of it, or with its events.
pub(super) async fn start(
    api: &Arc<Api>,
    mut work: Background,
    mut answer: ResponseAnswer,
    is_streamed: bool,
) -> Result<Response, ApiError> {
    answer.queue();
    let begun = work.keeper.begin(api, &answer).await;
    begun.map_err(|error| store_error(&error))?;
    let id = answer.response().id.clone();
    let body = serde_json::to_value(answer.response()).unwrap_or_default();
    let live = api.responses.add(&id);
    live.tell(answer.take_written());
    let (task_api, task_live) = (Arc::clone(api), Arc::clone(&live));
    api.tasks.spawn(async move {
        Box::pin(make(&task_api, &task_live, &id, work, answer)).await;
        task_live.end();
        task_api.responses.remove(&id);
    });
    if is_streamed {
        return Ok(event_stream::response(live.watch(0), api.heartbeat));
    }
    Ok(Json(body).into_response())
}

/// How far it is: before upstream answers, or after.
enum Stage {
    Waiting(Box<ResponseAnswer>),
    Answered(Box<Run>),
}

impl Stage {
    fn answer(&mut self) -> &mut ResponseAnswer {
        match self {
            Self::Waiting(answer) => answer,
            Self::Answered(run) => run.answer(),
        }
    }

    fn stop(&mut self, ending: Ending<'_>, now: u64) {
        match self {
            Self::Waiting(answer) => answer.end(ending, now),
            Self::Answered(run) => run.stop(ending, now),
        }
    }
}

/// Makes a response to its end and keeps it; its end is told after that.
async fn make(api: &Api, live: &Live, id: &str, work: Background, answer: ResponseAnswer) {
    let keeper = work.keeper;
    let mut stage = Stage::Waiting(Box::new(answer));
    let question = (work.who, work.headers, work.asking, work.meter);
    let stopped = tokio::select! {
        () = answered(api, live, question, work.previews, &mut stage) => None,
        stopped = stopped(api, live, id) => Some(stopped),
    };
    match stopped {
        None => {}
        Some(Stopped::ByCaller) => stage.stop(Ending::Cancelled, now(api)),
        Some(Stopped::ByProgram) => {
            let ending = Ending::Failed {
                code: "server_error",
                detail: "gateway_stopped",
                message: "the gateway was stopped before the answer was complete; ask again",
                param: None,
            };
            stage.stop(ending, now(api));
        }
    }
    let last = stage.answer().take_written();
    let mut told = live.all();
    told.extend(last.iter().cloned());
    let events = (!told.is_empty()).then_some(told.as_slice());
    keeper.end(api, stage.answer(), events).await;
    live.tell(last);
}

async fn answered(
    api: &Api,
    live: &Live,
    question: (Authenticated, HeaderMap, Asking, Meter),
    previews: u64,
    stage: &mut Stage,
) {
    let (who, headers, asking, meter) = question;
    let begun = answering::begin(api, &who, &headers, FaceKind::Responses, asking, meter).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(error) => return stage.answer().end(ending_of(&error), now(api)),
    };
    let Stage::Waiting(answer) = stage else {
        return;
    };
    answer.set_head(&begun.opened.slug, begun.prompt_tokens);
    answer.begin();
    live.begin();
    live.tell(answer.take_written());
    let answer = answer.take_over();
    *stage = Stage::Answered(Box::new(Run::new(begun, answer, previews)));
    while let Stage::Answered(run) = stage {
        run.step(api).await;
        if run.is_over() {
            return;
        }
        live.tell(run.answer().take_written());
    }
}

/// Says that a response is being made, until it is to end.
async fn stopped(api: &Api, live: &Live, id: &str) -> Stopped {
    let mut period = tokio::time::interval(ALIVE_PERIOD);
    loop {
        tokio::select! {
            () = live.cancel.cancelled() => return Stopped::ByCaller,
            () = api.responses.closing.cancelled() => return Stopped::ByProgram,
            _ = period.tick() => {}
        }
        let status = if live.is_begun() {
            "in_progress"
        } else {
            "queued"
        };
        let now = i64::try_from(now(api)).unwrap_or(i64::MAX);
        let database = &api.responses.database;
        match database.response_is_alive(id, status, now).await {
            Ok(Some(false)) => {}
            // It was deleted, or another process was asked to end it.
            Ok(Some(true) | None) => return Stopped::ByCaller,
            Err(error) => tracing::warn!("it was not noted that a response is made: {error}"),
        }
    }
}
