//! Reads what a client must know of a response before its body: the status, and how the body ends.
//! Pure; used by `connection`.

use anyhow::{Context as _, Result, ensure};
use memchr::{memchr_iter, memmem};

use crate::chunked::ChunkedDecoder;

/// What the head of a response says.
#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    /// Whether the connection may be used again.
    pub(crate) stays_open: bool,
    pub(crate) body: Body,
}

/// How a body is to be read.
#[derive(Debug)]
pub(crate) enum Body {
    /// So many bytes are still to come.
    Length(u64),
    Chunked(ChunkedDecoder),
    /// Until the other side closes.
    UntilClose,
    Finished,
}

/// Where the head ends, if all of it is there.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4)
}

impl ResponseHead {
    /// Reads a whole head.
    pub(crate) fn read(head: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(head).context("a response head is not text")?;
        let status = text
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .context("this is not an HTTP/1.1 response")?
            .parse()
            .context("the status is not a number")?;
        let mut length = None;
        let mut is_chunked = false;
        let mut stays_open = true;
        for line in header_lines(text) {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.parse().context("the length is not a number")?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                ensure!(value.eq_ignore_ascii_case("chunked"), "the body is encoded");
                is_chunked = true;
            } else if name.eq_ignore_ascii_case("connection") {
                stays_open = !value.eq_ignore_ascii_case("close");
            }
        }
        let body = match (is_chunked, length) {
            (true, _) => Body::Chunked(ChunkedDecoder::new()),
            (false, Some(0)) => Body::Finished,
            (false, Some(length)) => Body::Length(length),
            (false, None) => Body::UntilClose,
        };
        Ok(Self {
            status,
            stays_open: stays_open && !matches!(body, Body::UntilClose),
            body,
        })
    }
}

/// The lines after the first.
fn header_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut begin = None;
    memchr_iter(b'\n', text.as_bytes()).filter_map(move |end| {
        let line = begin.and_then(|begin| text.get(begin..end));
        begin = Some(end + 1);
        line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> ResponseHead {
        ResponseHead::read(head.as_bytes()).unwrap()
    }

    #[test]
    fn the_ways_a_body_ends_are_told_apart() {
        let head = read("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
        assert!(matches!(head.body, Body::Length(12)) && head.stays_open);
        let head =
            read("HTTP/1.1 429 X\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
        assert!(matches!(head.body, Body::Chunked(_)) && !head.stays_open);
        assert_eq!(head.status, 429);
        let head = read("HTTP/1.1 200 OK\r\n\r\n");
        assert!(matches!(head.body, Body::UntilClose) && !head.stays_open);
        let head = read("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        assert!(matches!(head.body, Body::Finished) && head.stays_open);
    }

    #[test]
    fn a_head_must_be_whole() {
        assert_eq!(length(b"HTTP/1.1 200 OK\r\na: b\r\n"), None);
        assert_eq!(length(b"HTTP/1.1 200 OK\r\n\r\nbody"), Some(19));
    }

    #[test]
    fn other_things_are_refused() {
        assert!(ResponseHead::read(b"SSH-2.0\r\n\r\n").is_err());
        let encoded = b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n";
        assert!(ResponseHead::read(encoded).is_err());
    }
}
