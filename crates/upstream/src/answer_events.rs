//! An answer as batches of turn events, for drivers whose answers go on nowhere else: one batch
//! for each piece of network.
//!
//! Dropping it closes the connection, which cancels the request upstream. It ends after one
//! `Finish`, or after one failure, and never with both.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use reqwest::Response;
use sse::Decoder;
use transcode::reply::answer_reader::{AnswerReader, BrokenAnswer};
use transcode::turn_event::TurnEvent;

use crate::drift::Drift;
use crate::failure::{Backend, Failure, FailureKind, Retry, broken_answer};
use crate::silence::Silence;

/// An event larger than this is none; a picture comes whole in one.
const MAX_EVENT_BYTES: usize = 48 << 20;

/// An answer larger than this is no answer.
const MAX_ANSWER_BYTES: usize = 256 << 20;

/// After the end of an answer no more than this is read to save the connection.
const MAX_TRAILING_PIECES: usize = 16;

type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// The answer of one turn.
pub(crate) struct AnswerEvents<R: AnswerReader> {
    body: Body,
    decoder: Decoder,
    reader: R,
    backend: Backend,
    silence: Silence,
    received: usize,
    drift: Arc<Drift>,
    state: State,
}

enum State {
    Reading,
    /// The last events were handed out, and this was wrong after them.
    Failing(Failure),
    /// The end was handed out; the connection may still have a last byte to give.
    Finished,
    Closed,
}

impl<R: AnswerReader> AnswerEvents<R> {
    pub(crate) fn new(
        response: Response,
        reader: R,
        backend: Backend,
        idle_timeout: Duration,
        drift: Arc<Drift>,
    ) -> Self {
        Self {
            body: Box::pin(response.bytes_stream()),
            decoder: Decoder::new(MAX_EVENT_BYTES),
            reader,
            backend,
            silence: Silence::new(idle_timeout),
            received: 0,
            drift,
            state: State::Reading,
        }
    }

    /// Reads all events of a piece; the end is added when it is reached.
    fn read(&mut self, piece: &[u8], events: &mut Vec<TurnEvent>) -> Result<(), Failure> {
        self.received += piece.len();
        if self.received > MAX_ANSWER_BYTES {
            return Err(bad_content("it is larger than any answer should be"));
        }
        self.decoder.push(piece);
        while !self.reader.has_ended() {
            let event = self.decoder.next_event();
            let Some(event) = event.map_err(|error| bad_content(&error.to_string()))? else {
                return Ok(());
            };
            let read = self.reader.read(event.name, event.data, events);
            read.map_err(|broken| self.failure(&broken))?;
        }
        self.finish(events)
    }

    fn finish(&mut self, events: &mut Vec<TurnEvent>) -> Result<(), Failure> {
        let finished = self.reader.finish(events);
        finished.map_err(|broken| self.failure(&broken))?;
        self.state = State::Finished;
        Ok(())
    }

    fn failure(&self, broken: &BrokenAnswer) -> Failure {
        broken_answer(broken, self.reader.has_begun(), self.backend)
    }

    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        events: &mut Vec<TurnEvent>,
    ) -> Poll<Result<(), Failure>> {
        match self.body.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                self.silence.broken();
                Poll::Ready(self.read(&piece, events))
            }
            Poll::Ready(None) => Poll::Ready(self.finish(events)),
            Poll::Ready(Some(Err(_))) => Poll::Ready(Err(self.failure(&BrokenAnswer::Truncated))),
            Poll::Pending => self.silence.poll_too_long(cx).map(|()| {
                Err(Failure::new(
                    FailureKind::Stalled,
                    Retry::Never,
                    "upstream stopped in the middle of its answer",
                ))
            }),
        }
    }

    /// Reading the end of the body gives the connection back for the next turn.
    fn read_trailing_pieces(&mut self, cx: &mut Context<'_>) {
        for _ in 0..MAX_TRAILING_PIECES {
            let piece = self.body.as_mut().poll_next(cx);
            if !matches!(piece, Poll::Ready(Some(Ok(_)))) {
                break;
            }
        }
    }
}

impl<R: AnswerReader + Unpin> Stream for AnswerEvents<R> {
    type Item = Result<Vec<TurnEvent>, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.state, State::Closed) {
                State::Reading => self.state = State::Reading,
                State::Failing(failure) => return Poll::Ready(Some(Err(failure))),
                State::Finished => {
                    self.read_trailing_pieces(cx);
                    return Poll::Ready(None);
                }
                State::Closed => return Poll::Ready(None),
            }
            let mut events = Vec::new();
            let read = ready!(self.poll_piece(cx, &mut events));
            if let Err(failure) = read {
                self.state = State::Failing(failure);
            }
            if !events.is_empty() {
                return Poll::Ready(Some(Ok(events)));
            }
        }
    }
}

/// However an answer ends, what was not understood in it is told.
impl<R: AnswerReader> Drop for AnswerEvents<R> {
    fn drop(&mut self) {
        self.drift.note(self.reader.take_unknown());
    }
}

fn bad_content(what: &str) -> Failure {
    Failure::new(
        FailureKind::BadContent,
        Retry::Never,
        format!("upstream's answer cannot be read: {what}"),
    )
}
