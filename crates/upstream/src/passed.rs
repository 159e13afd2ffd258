//! A reply that is handed through: its status, what it says of its body, and the body piece by
//! piece.
//!
//! Made by the drivers; read by `api` and `gateway`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderName, StatusCode, header};
use reqwest::Response;

use crate::failure::{Failure, FailureKind, Retry};
use crate::silence::Silence;

/// Of the reply's headers, those that say what it is.
const DOWN: [HeaderName; 3] = [
    header::CONTENT_TYPE,
    header::CONTENT_DISPOSITION,
    header::RETRY_AFTER,
];

/// A server's reply.
#[derive(Debug)]
pub struct PassedReply {
    /// Its status.
    pub status: StatusCode,
    /// What it says of its body.
    pub headers: HeaderMap,
    /// Its body.
    pub body: PassedBody,
}

/// A reply's body. Dropping it cancels the request upstream.
pub struct PassedBody {
    pieces: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    silence: Silence,
    is_over: bool,
}

impl PassedReply {
    /// What has begun to come; it may be silent for so long.
    pub(crate) fn of(response: Response, idle_timeout: Duration) -> Self {
        Self {
            status: response.status(),
            headers: chosen(response.headers(), &DOWN),
            body: PassedBody {
                pieces: Box::pin(response.bytes_stream()),
                silence: Silence::new(idle_timeout),
                is_over: false,
            },
        }
    }
}

/// Those headers of a set that are of these names.
pub(crate) fn chosen(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let values = names
        .iter()
        .filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    values.collect()
}

impl Stream for PassedBody {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let failure = match self.pieces.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                self.silence.broken();
                return Poll::Ready(Some(Ok(piece)));
            }
            Poll::Ready(None) => {
                self.is_over = true;
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Err(_))) => (
                FailureKind::Truncated,
                "the connection to upstream broke before the reply was complete",
            ),
            Poll::Pending => {
                std::task::ready!(self.silence.poll_too_long(cx));
                (
                    FailureKind::Stalled,
                    "upstream stopped in the middle of its reply",
                )
            }
        };
        self.is_over = true;
        let (kind, message) = failure;
        Poll::Ready(Some(Err(Failure::new(kind, Retry::Never, message))))
    }
}

impl fmt::Debug for PassedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassedBody")
    }
}
