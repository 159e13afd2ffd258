//! A streamed reply: turn events to bytes, one piece for each piece from upstream.
//!
//! Ends once, as the face's protocol ends an answer or an error. Dropping it, as happens when the
//! caller goes away, cancels the request upstream and gives the lease back.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use transcode::reply::output_limits::LimitKeeper;
use transcode::turn_event::TurnEvent;
use upstream::{AnswerStream, Failure, FailureKind, Retry};
use web::ApiError;

use crate::Api;
use crate::answering::StreamWriter;
use crate::conversation::Opened;
use crate::watch::Watch;

/// What an event takes at most, nearly always: growing would copy all that was written.
const CHUNK_BYTES: usize = 320;

/// A streamed reply.
#[derive(Debug)]
pub(crate) struct FaceStream<W> {
    api: Arc<Api>,
    watch: Watch,
    first: Vec<TurnEvent>,
    /// `None` once the answer is over.
    stream: Option<AnswerStream>,
    limits: Option<LimitKeeper>,
    writer: W,
}

impl<W: StreamWriter> FaceStream<W> {
    pub(crate) fn new(
        api: Arc<Api>,
        opened: Opened,
        limits: Option<LimitKeeper>,
        writer: W,
    ) -> Self {
        Self {
            api,
            watch: opened.watch,
            first: opened.first,
            stream: Some(opened.stream),
            limits,
            writer,
        }
    }

    fn write(&mut self, mut events: Vec<TurnEvent>) -> Vec<u8> {
        if let Some(limits) = &mut self.limits {
            limits.apply(&mut events);
            if limits.is_reached() {
                self.stream = None;
                self.watch.ended_well();
            }
        }
        let mut out = Vec::with_capacity(CHUNK_BYTES * events.len());
        for event in events {
            self.watch.see(&self.api, &event);
            if let Err(rewritten) = self.writer.write(event, &mut out) {
                let message = format!("{rewritten}; ask again without \"stream\" to get it whole");
                self.fail(
                    Failure::new(FailureKind::Rewritten, Retry::Never, message),
                    &mut out,
                );
                break;
            }
        }
        out
    }

    /// Ends the stream with an error.
    fn fail(&mut self, failure: Failure, out: &mut Vec<u8>) {
        tracing::warn!(failure.kind = ?failure.kind, "an answer broke after it had begun");
        self.stream = None;
        let error = ApiError::from(failure);
        self.watch.failed(&error);
        self.writer.fail(&error, out);
    }
}

impl<W: StreamWriter> Stream for FaceStream<W> {
    type Item = Vec<u8>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        loop {
            let events = if self.first.is_empty() {
                let Some(stream) = &mut self.stream else {
                    return Poll::Ready(None);
                };
                match std::task::ready!(Pin::new(stream).poll_next(cx)) {
                    None => {
                        self.watch.ended_well();
                        return Poll::Ready(None);
                    }
                    Some(Ok(events)) => events,
                    Some(Err(failure)) => {
                        let mut out = Vec::new();
                        self.fail(failure, &mut out);
                        return Poll::Ready(Some(out));
                    }
                }
            } else {
                std::mem::take(&mut self.first)
            };
            let out = self.write(events);
            if !out.is_empty() {
                return Poll::Ready(Some(out));
            }
        }
    }
}
