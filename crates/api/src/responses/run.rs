//! One answer as it is read: events from the driver to items, until it is over.
//!
//! Dropping it, as happens when the caller goes away, cancels the request upstream and gives
//! the lease back.

use futures_util::StreamExt;
use openai::chat_completion::FinishReason;
use transcode::reply::output_limits::LimitKeeper;
use transcode::reply::response_answer::{Ending, Picture};
use transcode::turn_event::{ImageOutput, TurnEvent};
use upstream::{AnswerStream, Failure, FailureKind, Retry};
use web::ApiError;

use super::answer::Answer;
use crate::Api;
use crate::answering::Begun;
use crate::image_answer::as_base64;
use crate::watch::Watch;

/// One answer.
pub(super) struct Run {
    watch: Watch,
    first: Vec<TurnEvent>,
    /// `None` once the answer is over.
    stream: Option<AnswerStream>,
    limits: Option<LimitKeeper>,
    answer: Answer,
    /// How many previews of pictures are still wanted.
    previews: u64,
    attempts: u32,
    /// Why it broke.
    error: Option<ApiError>,
}

impl Run {
    pub(super) fn new(begun: Begun, answer: Answer, previews: u64) -> Self {
        let opened = begun.opened;
        Self {
            watch: opened.watch,
            first: opened.first,
            stream: Some(opened.stream),
            limits: begun.limits,
            answer,
            previews,
            attempts: opened.attempts,
            error: None,
        }
    }

    /// Reads what comes next; nothing is told of it here.
    pub(super) async fn step(&mut self, api: &Api) {
        let mut events = std::mem::take(&mut self.first);
        if events.is_empty() {
            let Some(stream) = &mut self.stream else {
                return;
            };
            match stream.next().await {
                Some(Ok(more)) => events = more,
                Some(Err(failure)) => return self.fail(api, failure),
                None => return self.fail(api, truncated()),
            }
        }
        if let Some(limits) = &mut self.limits {
            limits.apply(&mut events);
        }
        for event in events {
            self.watch.see(api, &event);
            match event {
                TurnEvent::Finish(reason) => return self.finish(api, reason),
                TurnEvent::Image(image) => self.picture(api, &image).await,
                other => {
                    if let Err(rewritten) = self.answer.take(other) {
                        let message =
                            format!("{rewritten}; ask again without \"stream\" to get it whole");
                        let kind = FailureKind::Rewritten;
                        return self.fail(api, Failure::new(kind, Retry::Never, message));
                    }
                }
            }
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.stream.is_none()
    }

    /// The caller, or the end of the program, ends it.
    pub(super) fn stop(&mut self, ending: Ending<'_>, now: u64) {
        self.stream = None;
        self.answer.end(ending, now);
    }

    pub(super) fn answer(&mut self) -> &mut Answer {
        &mut self.answer
    }

    /// Why it broke, for a reply that has not begun.
    pub(super) fn take_error(&mut self) -> Option<ApiError> {
        self.error.take()
    }

    fn finish(&mut self, api: &Api, reason: FinishReason) {
        self.stream = None;
        self.watch.ended_well();
        self.answer.end(Ending::Finished(reason), now(api));
    }

    fn fail(&mut self, api: &Api, failure: Failure) {
        tracing::warn!(failure.kind = ?failure.kind, "an answer broke after it had begun");
        self.stream = None;
        let error = ApiError::from(failure).with_attempts(self.attempts);
        self.watch.failed(&error);
        self.answer.end(ending_of(&error), now(api));
        self.error = Some(error);
    }

    /// A picture with its bytes; where they cannot be had, the link has to do.
    async fn picture(&mut self, api: &Api, image: &ImageOutput) {
        let Answer::Ours(answer) = &mut self.answer else {
            return;
        };
        let is_wanted = !image.is_partial || self.previews > 0;
        let mut picture = None;
        if is_wanted {
            if image.is_partial {
                self.previews -= 1;
            }
            match as_base64(api, &self.watch, image).await {
                Ok((base64, format)) => picture = Some(Picture { base64, format }),
                Err(error) => {
                    tracing::warn!(code = error.code(), "a picture could not be put in a reply");
                }
            }
        }
        answer.picture(image, picture);
    }
}

/// What an error is to a response: one of the published words, and the gateway's own.
pub(super) fn ending_of(error: &ApiError) -> Ending<'_> {
    let code = match error.status().as_u16() {
        429 => "rate_limit_exceeded",
        400..=499 => "invalid_prompt",
        _ => "server_error",
    };
    Ending::Failed {
        code,
        detail: error.code(),
        message: error.message(),
        param: error.param(),
    }
}

pub(super) fn now(api: &Api) -> u64 {
    api.clock.since_epoch().as_secs()
}

fn truncated() -> Failure {
    Failure::new(
        FailureKind::Truncated,
        Retry::Never,
        "upstream's answer ended before it was complete",
    )
}
