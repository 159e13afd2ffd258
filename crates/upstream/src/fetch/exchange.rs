//! One HTTP/1.1 request and its answer over a connection that is used for nothing else.
//!
//! The connection lives inside of the answer: there is no task in the background, and
//! dropping the answer closes it. Called by `fetch`.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Fuse};
use http::{HeaderMap, Method, Request, StatusCode, header, request};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use url::{Position, Url};

use super::error::FetchError;
use super::network::Connection;

/// The head of an answer may be this long; content is read in pieces no longer than this.
const MAX_BUFFER_BYTES: usize = 64 << 10;

/// An answer whose content is still to come.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Driven,
}

/// The content of an answer, which moves its connection on when it is asked.
pub(super) struct Driven {
    connection: Fuse<BoxFuture<'static, ()>>,
    body: Incoming,
}

/// A request for `url`, with the headers every request has and none else.
pub(super) fn request(method: Method, url: &Url, user_agent: &str) -> request::Builder {
    Request::builder()
        .method(method)
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(
            header::HOST,
            &url[Position::BeforeHost..Position::AfterPort],
        )
        .header(header::USER_AGENT, user_agent)
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "gzip, br, zstd")
        .header(header::CONNECTION, "close")
}

/// Sends `request` and waits for the head of the answer.
pub(super) async fn send(
    stream: Box<dyn Connection>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, FetchError> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_BUFFER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| FetchError::Unreachable)?;
    // An error of the connection reaches the answer as well.
    let mut connection = connection.map(drop).boxed().fuse();
    let answered = {
        let mut answered = pin!(sender.send_request(request));
        poll_fn(|cx| {
            let _ = connection.poll_unpin(cx);
            answered.as_mut().poll(cx)
        })
        .await
    };
    let answer = answered.map_err(|error| {
        if error.is_parse() {
            FetchError::Broken
        } else {
            FetchError::Unreachable
        }
    })?;
    let (head, body) = answer.into_parts();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: Driven { connection, body },
    })
}

impl Answer {
    /// Where the answer redirects to, if it does.
    pub(super) fn redirect(&self) -> Option<Result<&str, FetchError>> {
        let is_redirect = matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308);
        is_redirect.then(|| {
            let location = self.headers.get(header::LOCATION);
            // As it is, and not in ASCII only: some servers send UTF-8, and browsers take it.
            location
                .and_then(|it| std::str::from_utf8(it.as_bytes()).ok())
                .ok_or(FetchError::BadRedirect)
        })
    }
}

impl Body for Driven {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let _ = self.connection.poll_unpin(cx);
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
