//! What all drivers have in common: what they are asked, and what they give back.
//!
//! Which driver is asked is decided above. Used by every driver, `accounts` and `api`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use serde_json::{Map, Value};
pub use transcode::driver_kind::DriverKind;
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn::{Dialect, Turn};
use transcode::turn_event::TurnEvent;

use crate::failure::Failure;
use crate::prepared_file::PreparedFile;

/// What is asked, with what goes with it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The turn.
    pub turn: &'a Turn,
    /// Its attachments, in the order they stand in its messages.
    pub files: &'a [PreparedFile],
    /// How the answer is shown.
    pub style: &'a AnswerStyle,
    /// Whether events are wanted as upstream sent them, if the driver speaks the dialect of
    /// [`Turn::native`].
    pub wants_native: bool,
}

impl<'a> Question<'a> {
    /// The caller's own body, if it is in this dialect and wanted to be passed on.
    pub(crate) fn native(&self, dialect: Dialect) -> Option<&'a Map<String, Value>> {
        let native = self.turn.native.as_ref().filter(|_| self.wants_native)?;
        (native.dialect == dialect).then_some(&native.body)
    }
}

/// A turn upstream has taken.
#[derive(Debug)]
pub struct Started {
    /// The answer.
    pub stream: AnswerStream,
    /// The model that was asked, in upstream's word.
    pub slug: String,
    /// Parameters that the account or the model had no place for.
    pub dropped: Vec<&'static str>,
    /// Whether upstream keeps the conversation.
    pub keeps_history: bool,
    /// Whether the answer holds [`TurnEvent::Native`] events, which say all of it.
    pub is_native: bool,
}

/// The answer of one turn: batches of events, one batch for each piece from the network.
///
/// Ends after a finish, or with a failure. Dropping it cancels the request upstream.
pub struct AnswerStream(Pin<Box<dyn Stream<Item = Batch> + Send>>);

type Batch = Result<Vec<TurnEvent>, Failure>;

impl AnswerStream {
    /// The answer as a driver reads it.
    pub fn new(stream: impl Stream<Item = Batch> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl Stream for AnswerStream {
    type Item = Batch;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Batch>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerStream")
    }
}
