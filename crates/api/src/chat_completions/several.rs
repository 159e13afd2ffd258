//! Several answers to one request (`n`), on drivers that give one at a time: so many turns side by
//! side, each let in, counted and answered like a request of its own.
//!
//! They end together: one that fails fails them all. Called by the handler.

use std::sync::{Arc, Mutex, PoisonError};

use accounts::Caller;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use futures_util::future::try_join_all;
use futures_util::stream::{self, SelectAll};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, header};
use openai::usage::Usage;
use transcode::driver_kind::DriverKind;
use transcode::parameter_table::FaceKind;
use transcode::reply::chat_chunks::{ChatChunks, RewrittenAnswer};
use transcode::reply::chat_reply::ChatReply;
use transcode::reply::reply_head::ReplyHead;
use transcode::turn_event::TurnEvent;
use web::caller_auth::Authenticated;
use web::{ApiError, event_stream};

use super::{ID_PREFIX, ROUTE, error_event};
use crate::answer_stream::FaceStream;
use crate::answering::{self, Asking, Begun, StreamWriter, WholeWriter};
use crate::{Api, metering};

/// Several answers that are asked for one by one.
pub(super) struct Several {
    /// What each of them is asked.
    pub(super) asking: Asking,
    pub(super) answers: u32,
    pub(super) include_usage: bool,
}

/// The question for each answer, unless the driver that is asked gives several by itself.
pub(super) fn apart(
    api: &Api,
    caller: &Caller,
    asking: &Asking,
) -> Result<Option<Asking>, ApiError> {
    let mut apart = asking.clone();
    let routes = answering::route(api, caller, FaceKind::ChatCompletions, &mut apart)?;
    let driver = routes.first().map(|it| it.driver);
    let Some(driver) = driver.filter(|it| *it != DriverKind::Platform) else {
        return Ok(None);
    };
    // All of them are of one kind, and none asks for several again.
    apart.turn.model = format!("{}/{}", driver.name(), apart.turn.model);
    apart.turn.native = None;
    Ok(Some(apart))
}

impl Several {
    pub(super) async fn answer(
        self,
        api: &Arc<Api>,
        who: &Authenticated,
        headers: &HeaderMap,
    ) -> Result<Response, ApiError> {
        let is_streamed = self.asking.is_streamed;
        let begun = (0..self.answers).map(|_| self.begin(api, who, headers));
        let begun = try_join_all(begun).await?;
        let about = begun.first().map(|it| it.about.clone());
        let id = answering::new_id(ID_PREFIX);
        let mut response = if is_streamed {
            let streamed = self.streamed(api, begun, &id);
            event_stream::response(streamed, api.heartbeat)
        } else {
            whole(api, begun, &id).await?
        };
        response.headers_mut().extend(about.unwrap_or_default());
        Ok(response)
    }

    async fn begin(
        &self,
        api: &Api,
        who: &Authenticated,
        headers: &HeaderMap,
    ) -> Result<Begun, ApiError> {
        let asking = self.asking.clone();
        let meter = metering::admit(api, who, ROUTE, Some(&asking.turn)).await?;
        let face = FaceKind::ChatCompletions;
        answering::begin(api, who, headers, face, asking, meter).await
    }

    /// The chunks of all answers, as they come, and one end.
    fn streamed(
        &self,
        api: &Arc<Api>,
        begun: Vec<Begun>,
        id: &str,
    ) -> impl Stream<Item = Vec<u8>> + use<> {
        let together = Together::default();
        let mut last = None;
        let streams = begun.into_iter().zip(0..).map(|(begun, place)| {
            let head = answering::head(api, &begun, id.to_owned());
            last = Some(head.clone());
            let chunks = ChatChunks::one_of_several(head, self.include_usage, place);
            let part = Part {
                chunks,
                together: Arc::clone(&together),
            };
            FaceStream::new(Arc::clone(api), begun.opened, begun.limits, part)
        });
        let streams: SelectAll<_> = stream::select_all(streams);
        let state = Some((streams, together, last));
        stream::unfold(state, |state| async move {
            let (mut streams, together, last) = state?;
            let Some(bytes) = streams.next().await else {
                let usage = lock(&together).usage.take();
                return Some((end(last, usage), None));
            };
            // One that failed has said so, and is the end of all.
            let is_over = lock(&together).has_failed;
            let rest = (!is_over).then_some((streams, together, last));
            Some((bytes, rest))
        })
    }
}

fn end(head: Option<ReplyHead>, usage: Option<Usage>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(head) = head {
        ChatChunks::new(head, usage.is_some()).end(usage, &mut out);
    }
    out
}

/// All answers in one reply.
async fn whole(api: &Api, begun: Vec<Begun>, id: &str) -> Result<Response, ApiError> {
    let answers = begun.into_iter().map(|begun| async {
        let mut reply = Whole(ChatReply::new(answering::head(api, &begun, id.to_owned())));
        answering::read_whole(api, begun.opened, begun.limits, &mut reply).await?;
        Ok::<ChatReply, ApiError>(reply.0)
    });
    let replies = try_join_all(answers).await?;
    let json = ChatReply::together(&replies).unwrap_or_default();
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    Ok((content_type, Bytes::from(json)).into_response())
}

/// What streams of one reply have in common.
type Together = Arc<Mutex<Ends>>;

#[derive(Default)]
struct Ends {
    has_failed: bool,
    usage: Option<Usage>,
}

fn lock(together: &Together) -> std::sync::MutexGuard<'_, Ends> {
    together.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes one of several streamed answers.
struct Part {
    chunks: ChatChunks,
    together: Together,
}

impl StreamWriter for Part {
    fn write(&mut self, event: TurnEvent, out: &mut Vec<u8>) -> Result<(), RewrittenAnswer> {
        let is_end = matches!(event, TurnEvent::Finish(_));
        self.chunks.write(event, out)?;
        if is_end && let Some(usage) = self.chunks.usage() {
            let mut ends = lock(&self.together);
            ends.usage = Some(ends.usage.map_or(usage, |known| known.and(usage)));
        }
        Ok(())
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        lock(&self.together).has_failed = true;
        error_event(error, out);
    }
}

/// Gathers one of several whole answers.
struct Whole(ChatReply);

impl WholeWriter for Whole {
    fn push(&mut self, event: TurnEvent) {
        self.0.push(event);
    }

    fn to_json(&self) -> Option<Vec<u8>> {
        self.0.to_json()
    }
}
