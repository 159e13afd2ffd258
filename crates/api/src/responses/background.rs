//! Responses that go on without their callers: begun, watched, ended, and kept.
//!
//! While one is made its process says so every so often; who does not hear of it any more takes
//! it for over.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use transcode::parameter_table::FaceKind;
use transcode::reply::response_answer::{Ending, ResponseAnswer};
use web::ApiError;
use web::caller_auth::Authenticated;

use super::answer::Answer;
use super::create::Making;
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
    Cancelled,
    /// The program ends.
    ProgramEnds,
    /// More is told than is kept for watchers.
    TooLong,
}

/// Begins a response, which goes on alone.
pub(super) async fn start(
    api: &Arc<Api>,
    mut work: Background,
    mut answer: ResponseAnswer,
) -> Result<Making, ApiError> {
    let id = answer.response().id.clone();
    let live = api.responses.add(&id, work.keeper.owner.as_deref())?;
    answer.queue();
    let body = serde_json::to_value(answer.response()).unwrap_or_default();
    if let Err(error) = work.keeper.begin(api, &body).await {
        api.responses.remove(&id);
        return Err(store_error(&error));
    }
    live.tell(answer.take_written());
    let (task_api, task_live) = (Arc::clone(api), Arc::clone(&live));
    api.tasks.spawn(async move {
        Box::pin(make(&task_api, &task_live, &id, work, answer)).await;
        task_live.end();
        task_api.responses.remove(&id);
    });
    Ok(Making::Alone { live, body })
}

/// How far it is: before upstream answers, or after.
enum Stage {
    Waiting(Box<Answer>),
    Answered(Box<Run>),
}

impl Stage {
    fn answer(&mut self) -> &mut Answer {
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
    let mut stage = Stage::Waiting(Box::new(Answer::Ours(Box::new(answer))));
    let question = (work.who, work.headers, work.asking, work.meter);
    let stopped = tokio::select! {
        () = answered(api, live, question, work.previews, &mut stage) => None,
        stopped = stopped(api, live, id) => Some(stopped),
    };
    match stopped {
        None => {}
        Some(Stopped::Cancelled) => stage.stop(Ending::Cancelled, now(api)),
        Some(Stopped::ProgramEnds) => {
            let ending = Ending::Failed {
                code: "server_error",
                detail: "gateway_stopped",
                message: "the gateway was stopped before the answer was complete; ask again",
                param: None,
            };
            stage.stop(ending, now(api));
        }
        Some(Stopped::TooLong) => {
            let ending = Ending::Failed {
                code: "server_error",
                detail: "response_too_long",
                message: "the events of the answer are more than are kept of a response in the \
                    background; ask again without \"background\"",
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
    let Answer::Ours(waiting) = &mut **answer else {
        return;
    };
    let mut answer = Answer::begun(waiting.take_over(), &begun);
    live.begin();
    live.tell(answer.take_written());
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
            () = live.cancel.cancelled() => return Stopped::Cancelled,
            () = live.full.cancelled() => return Stopped::TooLong,
            () = api.responses.closing.cancelled() => return Stopped::ProgramEnds,
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
            Ok(Some(true) | None) => return Stopped::Cancelled,
            Err(error) => tracing::warn!("it was not noted that a response is made: {error}"),
        }
    }
}
