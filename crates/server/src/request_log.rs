//! One log line a request, written when its answer is over, however it ends.
//!
//! Names the route and never the path, query, headers or body.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;
use tracing::Span;

/// What is known of a request before its answer.
#[derive(Debug)]
pub(crate) struct RequestLog {
    pub(crate) method: http::Method,
    pub(crate) route: String,
    pub(crate) begun: Instant,
    pub(crate) span: Span,
    /// Set once there is an answer.
    pub(crate) status: Option<u16>,
    /// The body was read to its end.
    pub(crate) is_complete: bool,
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let _entered = self.span.enter();
        let duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = if self.is_complete {
            "answered"
        } else {
            "client gone"
        };
        // Routes are templates and statuses are few, so the labels are bounded.
        metrics::counter!(
            "flowgpt_requests_total",
            "route" => self.route.clone(),
            "status" => self.status.unwrap_or(0).to_string()
        )
        .increment(1);
        tracing::info!(
            http.method = %self.method,
            http.route = self.route,
            http.status = self.status,
            duration_ms,
            "{outcome}"
        );
    }
}

/// A body that keeps the log until it is dropped, and logs inside the request's span.
pub(crate) struct LoggedBody {
    inner: Body,
    log: RequestLog,
}

impl LoggedBody {
    pub(crate) fn new(inner: Body, mut log: RequestLog) -> Self {
        log.is_complete = inner.is_end_stream();
        Self { inner, log }
    }
}

impl HttpBody for LoggedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let polled = {
            let _entered = this.log.span.enter();
            Pin::new(&mut this.inner).poll_frame(cx)
        };
        if matches!(polled, Poll::Ready(None)) || this.inner.is_end_stream() {
            this.log.is_complete = true;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
