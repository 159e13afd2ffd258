//! The answer of one turn, as batches of turn events: one batch per piece of network, and several
//! for a large one.
//!
//! Dropping it closes the connection, which cancels the request upstream. A stream ends
//! after one `Finish`, or after one failure, and never with both. An answer that is cut or
//! goes on elsewhere is gone on with, where `recovery` can.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use reqwest::Response;
use sse::Decoder;
use transcode::reply::web_reader::{BrokenStream, WebReader};
use transcode::turn_event::TurnEvent;

use super::call::Call;
use super::recovery::{Missing, Position, Recovered, Recovering, Recovery};
use crate::drift::Drift;
use crate::failure::{Failure, FailureKind, Retry, broken_stream};
use crate::silence::Silence;

/// An event larger than this is no event of a conversation.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// An answer larger than this is no answer.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// A batch ends with this many turn events: memory that is soon used again stays near.
const BATCH: usize = 24;

/// What an event of an answer usually takes at least.
const USUAL_EVENT_BYTES: usize = 96;

/// After the end of an answer no more than this is read to save the connection.
const MAX_TRAILING_PIECES: usize = 16;

/// The event that ends an answer, said for one that is read from where it is stored.
const COMPLETE: &str = r#"{"type":"message_stream_complete"}"#;

type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// The answer of one turn.
pub(super) struct TurnStream {
    body: Body,
    decoder: Decoder,
    reader: WebReader,
    silence: Silence,
    received: usize,
    /// Whether the decoder may have more events before another piece comes.
    has_more: bool,
    recovery: Recovery,
    drift: Arc<Drift>,
    state: State,
}

enum State {
    Reading,
    /// The rest is being got; if it cannot be had, this is what was wrong.
    Recovering(Recovering, BrokenStream),
    /// The end was handed out; the connection may still have a last byte to give.
    Finished,
    Closed,
}

impl TurnStream {
    pub(super) fn new(
        response: Response,
        reader: WebReader,
        idle_timeout: Duration,
        call: Arc<Call>,
        drift: Arc<Drift>,
    ) -> Self {
        Self {
            body: Box::pin(response.bytes_stream()),
            decoder: Decoder::new(MAX_EVENT_BYTES),
            reader,
            silence: Silence::new(idle_timeout),
            received: 0,
            has_more: false,
            recovery: Recovery::new(call),
            drift,
            state: State::Reading,
        }
    }

    /// Takes a piece, and reads its first events.
    fn take(&mut self, piece: &[u8]) -> Result<Vec<TurnEvent>, Failure> {
        self.received += piece.len();
        if self.received > MAX_ANSWER_BYTES {
            return Err(bad_content(
                "the answer is larger than any answer should be",
            ));
        }
        self.decoder.push(piece);
        self.read(piece.len() / USUAL_EVENT_BYTES + 1)
    }

    /// Reads a batch of about so many events; the end is added when it is reached.
    fn read(&mut self, expected: usize) -> Result<Vec<TurnEvent>, Failure> {
        let mut events = Vec::with_capacity(expected.min(BATCH));
        self.has_more = true;
        while !self.reader.has_ended() {
            if events.len() >= BATCH {
                return Ok(events);
            }
            let event = self.decoder.next_event();
            let Some(event) = event.map_err(|error| bad_content(&error.to_string()))? else {
                break;
            };
            if let Err(broken) = self.reader.read(event.name, event.data, &mut events) {
                return Err(self.failure(&broken));
            }
        }
        self.has_more = false;
        if self.reader.has_ended() {
            self.finish(&mut events)?;
        }
        Ok(events)
    }

    /// Adds the end of the answer, or begins to get what is missing of it.
    fn finish(&mut self, events: &mut Vec<TurnEvent>) -> Result<(), Failure> {
        self.state = State::Finished;
        match self.reader.finish(events) {
            Ok(()) => Ok(()),
            Err(broken) => self.recover(broken),
        }
    }

    fn recover(&mut self, broken: BrokenStream) -> Result<(), Failure> {
        let missing = match broken {
            BrokenStream::ImagePending { .. } => Missing::Picture,
            BrokenStream::HandedOff => Missing::Rest,
            BrokenStream::Truncated if self.reader.resume_token().is_some() => Missing::Rest,
            _ => return Err(self.failure(&broken)),
        };
        let Some(conversation_id) = self.reader.conversation_id() else {
            return Err(self.failure(&broken));
        };
        let position = Position {
            conversation_id: conversation_id.to_owned(),
            token: self.reader.resume_token().map(str::to_owned),
            offset: self.reader.events_seen(),
        };
        match self.recovery.begin(missing, position) {
            Some(recovering) => {
                self.state = State::Recovering(recovering, broken);
                Ok(())
            }
            None => Err(self.failure(&broken)),
        }
    }

    /// Goes on with what was got.
    fn go_on(
        &mut self,
        recovered: Result<Recovered, Failure>,
        broken: BrokenStream,
    ) -> Result<Vec<TurnEvent>, Failure> {
        let mut events = Vec::new();
        match recovered {
            Ok(Recovered::Stream(response)) => {
                self.reader.reopen();
                self.body = Box::pin(response.bytes_stream());
                self.decoder = Decoder::new(MAX_EVENT_BYTES);
                self.silence.broken();
                self.state = State::Reading;
            }
            Ok(Recovered::Stored(document)) => {
                self.reader.reopen();
                let read = self.reader.read_stored(&document, &mut events);
                let is_complete = read.map_err(|broken| self.failure(&broken))?;
                if !is_complete && matches!(broken, BrokenStream::ImagePending { .. }) {
                    self.recover(broken)?;
                } else {
                    self.finish_stored(&mut events, &broken)?;
                }
            }
            Err(failure) if matches!(failure.kind, FailureKind::Challenge(_)) => {
                return Err(failure);
            }
            // It is looked for again, as long as that goes on at all.
            Err(failure)
                if failure.retry == Retry::AnyAccount
                    && matches!(broken, BrokenStream::ImagePending { .. }) =>
            {
                self.recover(broken)?;
            }
            Err(_) => return Err(self.failure(&broken)),
        }
        Ok(events)
    }

    /// What is stored is all there is: it is judged like a stream that upstream completed.
    fn finish_stored(
        &mut self,
        events: &mut Vec<TurnEvent>,
        broken: &BrokenStream,
    ) -> Result<(), Failure> {
        self.state = State::Finished;
        let completed = self.reader.read(None, COMPLETE, events);
        let finished = completed.and_then(|()| self.reader.finish(events));
        finished.map_err(|now| match now {
            // Nothing is stored: what was wrong with the stream says more.
            BrokenStream::Empty => self.failure(broken),
            now => self.failure(&now),
        })
    }

    fn failure(&self, broken: &BrokenStream) -> Failure {
        broken_stream(broken, &self.recovery.call().place())
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<TurnEvent>, Failure>> {
        if self.has_more {
            return Poll::Ready(self.read(BATCH));
        }
        match self.body.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                self.silence.broken();
                Poll::Ready(self.take(&piece))
            }
            Poll::Ready(Some(Err(_))) if self.reader.resume_token().is_none() => {
                Poll::Ready(Err(Failure::new(
                    FailureKind::Truncated,
                    Retry::Never,
                    "the connection to upstream broke before the answer was complete",
                )))
            }
            Poll::Ready(Some(Err(_)) | None) => {
                let mut events = Vec::new();
                Poll::Ready(self.finish(&mut events).map(|()| events))
            }
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

impl Stream for TurnStream {
    type Item = Result<Vec<TurnEvent>, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let item = match std::mem::replace(&mut self.state, State::Reading) {
                State::Reading => std::task::ready!(self.poll_batch(cx)),
                State::Recovering(mut recovering, broken) => match recovering.as_mut().poll(cx) {
                    Poll::Ready(recovered) => self.go_on(recovered, broken),
                    Poll::Pending => {
                        self.state = State::Recovering(recovering, broken);
                        return Poll::Pending;
                    }
                },
                State::Finished => {
                    self.read_trailing_pieces(cx);
                    self.state = State::Closed;
                    return Poll::Ready(None);
                }
                State::Closed => {
                    self.state = State::Closed;
                    return Poll::Ready(None);
                }
            };
            match item {
                Ok(events) if events.is_empty() => {}
                Ok(events) => return Poll::Ready(Some(Ok(events))),
                Err(failure) => {
                    self.state = State::Closed;
                    return Poll::Ready(Some(Err(failure)));
                }
            }
        }
    }
}

/// However an answer ends, what was not understood in it is told.
impl Drop for TurnStream {
    fn drop(&mut self) {
        self.drift.note(self.reader.take_unknown());
    }
}

impl std::fmt::Debug for TurnStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnStream")
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

fn bad_content(what: &str) -> Failure {
    Failure::new(
        FailureKind::BadContent,
        Retry::Never,
        format!("upstream's answer cannot be read: {what}"),
    )
}
