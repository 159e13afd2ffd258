//! An answer as it is made: of turn events here, or passed on as upstream tells it.
//!
//! Used by whoever makes and keeps responses.

use serde_json::Value;
use transcode::reply::chat_chunks::RewrittenAnswer;
use transcode::reply::response_answer::{Ending, ResponseAnswer};
use transcode::reply::response_native::NativeAnswer;
use transcode::reply::response_told::Written;
use transcode::turn_event::TurnEvent;

use crate::answering::Begun;

/// One answer.
#[derive(Debug)]
pub(super) enum Answer {
    Ours(Box<ResponseAnswer>),
    Native(Box<NativeAnswer>),
}

impl Answer {
    /// The answer as it goes on now that upstream has begun.
    pub(super) fn begun(mut waiting: ResponseAnswer, begun: &Begun) -> Self {
        if begun.opened.is_native {
            return Self::Native(Box::new(NativeAnswer::new(waiting)));
        }
        waiting.set_head(&begun.opened.slug, begun.prompt_tokens);
        waiting.begin();
        Self::Ours(Box::new(waiting))
    }

    /// Takes one event; fails when that takes back what was told.
    pub(super) fn take(&mut self, event: TurnEvent) -> Result<(), RewrittenAnswer> {
        match self {
            Self::Ours(answer) => answer.take(event),
            Self::Native(answer) => {
                answer.take(&event);
                Ok(())
            }
        }
    }

    /// Ends it; `now` in Unix seconds.
    pub(super) fn end(&mut self, ending: Ending<'_>, now: u64) {
        match self {
            Self::Ours(answer) => answer.end(ending, now),
            Self::Native(answer) => answer.end(ending, now),
        }
    }

    /// What was told since the last time.
    pub(super) fn take_written(&mut self) -> Vec<Written> {
        match self {
            Self::Ours(answer) => answer.take_written(),
            Self::Native(answer) => answer.take_written(),
        }
    }

    /// The response so far.
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Ours(answer) => serde_json::to_value(answer.response()).unwrap_or_default(),
            Self::Native(answer) => answer.body(),
        }
    }

    /// The items so far as they are kept.
    pub(super) fn kept_output(&self) -> Vec<Value> {
        match self {
            Self::Ours(answer) => answer.kept_output(),
            Self::Native(answer) => answer.kept_output(),
        }
    }
}
