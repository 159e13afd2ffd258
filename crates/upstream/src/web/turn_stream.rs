//! The answer of one turn, as batches of turn events: one batch per piece of network.
//!
//! Dropping it closes the connection, which cancels the request upstream. A stream ends
//! after one `Finish`, or after one failure, and never with both.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use sse::Decoder;
use transcode::reply::web_reader::{BrokenStream, WebReader};
use transcode::turn_event::TurnEvent;

use super::idle::Silence;
use crate::failure::{Failure, FailureKind, Place, Retry, broken_stream};

/// An event larger than this is no event of a conversation.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// An answer larger than this is no answer.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// After the end of an answer no more than this is read to save the connection.
const MAX_TRAILING_PIECES: usize = 16;

type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// The answer of one turn.
pub struct TurnStream {
    body: Body,
    decoder: Decoder,
    reader: WebReader,
    silence: Silence,
    received: usize,
    account: String,
    egress: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// The end was handed out; the connection may still have a last byte to give.
    Finished,
    Closed,
}

impl TurnStream {
    pub(super) fn new(
        body: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
        sent_ids: Vec<String>,
        idle_timeout: Duration,
        place: &Place<'_>,
    ) -> Self {
        Self {
            body: Box::pin(body),
            decoder: Decoder::new(MAX_EVENT_BYTES),
            reader: WebReader::new(sent_ids),
            silence: Silence::new(idle_timeout),
            received: 0,
            account: place.account.to_owned(),
            egress: place.egress.to_owned(),
            state: State::Reading,
        }
    }

    /// Reads all events of a piece; the end is added when it is reached.
    fn read(&mut self, piece: &[u8]) -> Result<Vec<TurnEvent>, Failure> {
        self.received += piece.len();
        if self.received > MAX_ANSWER_BYTES {
            return Err(bad_content(
                "the answer is larger than any answer should be",
            ));
        }
        let mut events = Vec::new();
        self.decoder.push(piece);
        while !self.reader.has_ended() {
            let event = self.decoder.next_event();
            let Some(event) = event.map_err(|error| bad_content(&error.to_string()))? else {
                break;
            };
            if let Err(broken) = self.reader.read(event.name, event.data, &mut events) {
                return Err(self.broken(&broken));
            }
        }
        if self.reader.has_ended() {
            self.finish(&mut events)?;
        }
        Ok(events)
    }

    fn finish(&mut self, events: &mut Vec<TurnEvent>) -> Result<(), Failure> {
        self.state = State::Finished;
        self.reader
            .finish(events)
            .map_err(|broken| self.broken(&broken))
    }

    fn broken(&self, broken: &BrokenStream) -> Failure {
        let place = Place {
            account: &self.account,
            egress: &self.egress,
        };
        broken_stream(broken, &place)
    }

    fn poll_events(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<TurnEvent>, Failure>> {
        loop {
            match self.body.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(piece))) => {
                    self.silence.broken();
                    let events = self.read(&piece)?;
                    if !events.is_empty() {
                        return Poll::Ready(Ok(events));
                    }
                }
                Poll::Ready(Some(Err(_))) => {
                    return Poll::Ready(Err(Failure::new(
                        FailureKind::Truncated,
                        Retry::Never,
                        "the connection to upstream broke before the answer was complete",
                    )));
                }
                Poll::Ready(None) => {
                    let mut events = Vec::new();
                    let result = self.finish(&mut events);
                    return Poll::Ready(result.map(|()| events));
                }
                Poll::Pending => {
                    return self.silence.poll_too_long(cx).map(|()| {
                        Err(Failure::new(
                            FailureKind::Stalled,
                            Retry::Never,
                            "upstream stopped in the middle of its answer",
                        ))
                    });
                }
            }
        }
    }
}

impl Stream for TurnStream {
    type Item = Result<Vec<TurnEvent>, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.state {
            State::Reading => {
                let item = std::task::ready!(self.poll_events(cx));
                if item.is_err() {
                    self.state = State::Closed;
                }
                Poll::Ready(Some(item))
            }
            State::Finished => {
                // Reading the end of the body gives the connection back for the next turn.
                for _ in 0..MAX_TRAILING_PIECES {
                    let piece = self.body.as_mut().poll_next(cx);
                    if !matches!(piece, Poll::Ready(Some(Ok(_)))) {
                        break;
                    }
                }
                self.state = State::Closed;
                Poll::Ready(None)
            }
            State::Closed => Poll::Ready(None),
        }
    }
}

impl std::fmt::Debug for TurnStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnStream")
            .field("received", &self.received)
            .field("state", &self.state)
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
