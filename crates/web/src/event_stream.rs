//! An event stream as a response, with heart-beats while there is nothing to say.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderValue, header};
use tokio::time::{Instant, Sleep};

/// A response that streams `events`, whole events each, and is dropped with the caller.
pub fn response(
    events: impl Stream<Item = Vec<u8>> + Send + 'static,
    heartbeat: Duration,
) -> Response {
    let mut response = Response::new(Body::from_stream(WithHeartbeat {
        events: Box::pin(events),
        interval: heartbeat,
        last: Instant::now(),
        timer: Box::pin(tokio::time::sleep(heartbeat)),
    }));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct WithHeartbeat<S> {
    events: Pin<Box<S>>,
    interval: Duration,
    last: Instant,
    /// Armed for some earlier moment and moved on only when it fires.
    timer: Pin<Box<Sleep>>,
}

impl<S: Stream<Item = Vec<u8>>> Stream for WithHeartbeat<S> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(item) = self.events.as_mut().poll_next(cx) {
            self.last = Instant::now();
            return Poll::Ready(item.map(|bytes| Ok(bytes.into())));
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let due = self.last + self.interval;
            if due <= now {
                self.last = now;
                let next = now + self.interval;
                self.timer.as_mut().reset(next);
                return Poll::Ready(Some(Ok(Bytes::from_static(sse::PING))));
            }
            self.timer.as_mut().reset(due);
        }
        Poll::Pending
    }
}
