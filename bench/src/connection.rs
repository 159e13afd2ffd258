//! A lean HTTP/1.1 client connection: one buffer, one read per arrival, no copies of the body. It
//! connects when it has to, keeps the connection while both sides may, and does not retry. Used by
//! the chats and the scenarios.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::chunked::Piece;
use crate::response_head::{self, Body, ResponseHead};

/// Bytes per read.
const BUFFER: usize = 32 * 1024;
/// How long to wait for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A connection to one address, open or not.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    /// The part of the buffer that has been received and not yet used.
    unread: Range<usize>,
    body: Body,
    stays_open: bool,
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            buffer: vec![0; BUFFER],
            unread: 0..0,
            body: Body::Finished,
            stays_open: true,
        }
    }

    /// Sends a request and returns the status of the response, whose body is then to be read.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<u16> {
        if !matches!(self.body, Body::Finished) || !self.stays_open {
            self.stream = None;
        }
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        stream.write_all(request).await.context("cannot send")?;
        self.stream = Some(stream);
        let head = self.read_head().await?;
        self.body = head.body;
        self.stays_open = head.stays_open;
        Ok(head.status)
    }

    /// The next bytes of the body; `None` at its end.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>> {
        let range = loop {
            if let Some(range) = self.take_piece()? {
                break range;
            }
            if matches!(self.body, Body::Finished) {
                return Ok(None);
            }
            if !self.fill().await? {
                ensure!(
                    matches!(self.body, Body::UntilClose),
                    "the connection was closed before the end of the body"
                );
                self.body = Body::Finished;
            }
        };
        Ok(Some(&self.buffer[range]))
    }

    /// The rest of the body in one piece, up to a limit.
    pub(crate) async fn rest(&mut self, most: usize) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            ensure!(whole.len() + piece.len() <= most, "the body is too long");
            whole.extend_from_slice(piece);
        }
        Ok(whole)
    }

    async fn connect(&mut self) -> Result<TcpStream> {
        self.unread = 0..0;
        let stream = timeout(CONNECT_LIMIT, TcpStream::connect(self.address))
            .await
            .context("no connection in time")?
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read_head(&mut self) -> Result<ResponseHead> {
        // Until the head is known a failure must not leave a connection that looks reusable.
        self.stays_open = false;
        loop {
            let unread = &self.buffer[self.unread.clone()];
            if let Some(length) = response_head::length(unread) {
                let head = ResponseHead::read(&unread[..length])?;
                self.unread.start += length;
                return Ok(head);
            }
            if !self.fill().await? {
                bail!("the connection was closed before a response");
            }
        }
    }

    /// The next piece of the body that is in the buffer, if there is one.
    fn take_piece(&mut self) -> Result<Option<Range<usize>>> {
        if self.unread.is_empty() {
            return Ok(None);
        }
        let start = self.unread.start;
        match &mut self.body {
            Body::Finished => Ok(None),
            Body::UntilClose => Ok(Some(std::mem::replace(&mut self.unread, 0..0))),
            Body::Length(left) => {
                let available = self.unread.len();
                let taken = usize::try_from(*left).map_or(available, |left| left.min(available));
                *left -= taken as u64;
                if *left == 0 {
                    self.body = Body::Finished;
                }
                self.unread.start += taken;
                Ok(Some(start..start + taken))
            }
            Body::Chunked(decoder) => {
                let (taken, piece) = decoder.next(&self.buffer[self.unread.clone()])?;
                self.unread.start += taken;
                match piece {
                    Piece::Data(range) => Ok(Some(start + range.start..start + range.end)),
                    Piece::Incomplete => Ok(None),
                    Piece::End => {
                        self.body = Body::Finished;
                        Ok(None)
                    }
                }
            }
        }
    }

    /// Reads once; false if the other side has closed.
    async fn fill(&mut self) -> Result<bool> {
        if self.unread.is_empty() {
            self.unread = 0..0;
        } else if self.unread.start > 0 {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        ensure!(self.unread.end < BUFFER, "a response head is too long");
        let stream = self.stream.as_mut().context("there is no connection")?;
        let count = stream
            .read(&mut self.buffer[self.unread.end..])
            .await
            .context("cannot receive")?;
        self.unread.end += count;
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::serve;

    async fn bodies(responses: &'static [&'static str]) -> Vec<Result<String>> {
        let mut read = Vec::new();
        serve(responses, async |address| {
            let mut connection = Connection::new(address);
            for _ in responses {
                read.push(body(&mut connection).await);
            }
        })
        .await;
        read
    }

    async fn body(connection: &mut Connection) -> Result<String> {
        connection.send(b"GET / HTTP/1.1\r\n\r\n").await?;
        let bytes = connection.rest(1000).await?;
        Ok(String::from_utf8(bytes)?)
    }

    #[tokio::test]
    async fn a_connection_is_used_again() {
        let read = bodies(&[
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nyo\r\n1\r\nu\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
        ])
        .await;
        let read: Vec<String> = read.into_iter().map(Result::unwrap).collect();
        assert_eq!(read, ["hello", "you", ""]);
    }

    #[tokio::test]
    async fn a_cut_body_is_an_error() {
        let read =
            bodies(&["HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhello"])
                .await;
        let error = read.into_iter().next().unwrap().unwrap_err().to_string();
        assert_eq!(
            error,
            "the connection was closed before the end of the body"
        );
    }

    #[tokio::test]
    async fn a_new_connection_follows_one_that_closes() {
        let read = bodies(&[
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nagain",
        ])
        .await;
        let read: Vec<String> = read.into_iter().map(Result::unwrap).collect();
        assert_eq!(read, ["until the end", "again"]);
    }
}
