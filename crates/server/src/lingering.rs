//! Closing a connection without cutting off the reply a caller has not read yet.
//!
//! A caller who is refused while still sending gets the reply, and the connection is closed.
//! Bytes nobody reads would make the system reset it, which breaks the caller's sending before
//! the reply is seen; so what still comes is read and thrown away for a while. Used by
//! `listener`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// So long and so much is thrown away; a caller who has not looked for a reply by then is late.
const LINGER_TIME: Duration = Duration::from_secs(5);
const LINGER_BYTES: usize = 64 << 20;

/// Read at once while nothing of it is kept.
const PIECE_BYTES: usize = 16 << 10;

/// Whether the latest request of a connection was answered before all of it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeftUnread(Arc<AtomicBool>);

impl LeftUnread {
    /// The body of the next request, watched.
    pub(crate) fn watch(&self, body: Incoming) -> WatchedBody {
        self.0.store(false, Ordering::Relaxed);
        WatchedBody {
            body,
            has_ended: false,
            unread: self.clone(),
        }
    }
}

/// A request's body that tells when it is dropped before its end.
#[derive(Debug)]
pub(crate) struct WatchedBody {
    body: Incoming,
    has_ended: bool,
    unread: LeftUnread,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.has_ended |= frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        if !self.has_ended && !self.body.is_end_stream() {
            self.unread.0.store(true, Ordering::Relaxed);
        }
    }
}

/// A connection that lingers when it is closed, if something was left unread.
#[derive(Debug)]
pub(crate) struct Lingering {
    stream: TcpStream,
    unread: LeftUnread,
    closing: Closing,
}

#[derive(Debug)]
enum Closing {
    NotYet,
    /// Nothing more is written; what comes is thrown away.
    Throwing {
        left: usize,
        until: Pin<Box<Sleep>>,
    },
    Done,
}

impl Lingering {
    pub(crate) fn new(stream: TcpStream, unread: LeftUnread) -> Self {
        Self {
            stream,
            unread,
            closing: Closing::NotYet,
        }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            this.closing = match &mut this.closing {
                Closing::NotYet => {
                    ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                    if this.unread.0.load(Ordering::Relaxed) {
                        Closing::Throwing {
                            left: LINGER_BYTES,
                            until: Box::pin(tokio::time::sleep(LINGER_TIME)),
                        }
                    } else {
                        Closing::Done
                    }
                }
                Closing::Throwing { left, until } => {
                    let mut thrown = [0; PIECE_BYTES];
                    let mut thrown = ReadBuf::new(&mut thrown);
                    let is_late = until.as_mut().poll(cx).is_ready();
                    if !is_late {
                        // Whether it ended well is of no interest any more.
                        let _ended = ready!(Pin::new(&mut this.stream).poll_read(cx, &mut thrown));
                    }
                    *left = left.saturating_sub(thrown.filled().len());
                    if !thrown.filled().is_empty() && *left > 0 {
                        continue;
                    }
                    Closing::Done
                }
                Closing::Done => return Poll::Ready(Ok(())),
            };
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
