//! Decodes HTTP/1.1 chunked bodies where they lie: it says which bytes of a buffer are body, and
//! copies none. Pure; used by `connection`.

use std::ops::Range;

use anyhow::{Result, bail, ensure};

/// A chunk larger than this is taken for a broken stream.
const LARGEST_CHUNK: u64 = 1 << 30;

/// Where in a chunked body the decoder is.
#[derive(Debug)]
pub(crate) struct ChunkedDecoder {
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the line with the size.
    Size {
        size: u64,
        digits: u32,
    },
    /// In the size line, after the size.
    Extension {
        size: u64,
    },
    /// In the data, with so many bytes to come.
    Data {
        left: u64,
    },
    /// In the line end after the data.
    DataEnd,
    /// In the lines after the last chunk; whether the current one is empty so far.
    Trailer {
        empty: bool,
    },
    Done,
}

/// What a buffer begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes of the body, as a range of the buffer.
    Data(Range<usize>),
    /// Nothing of the body; more bytes are needed.
    Incomplete,
    /// The end of the body.
    End,
}

impl ChunkedDecoder {
    pub(crate) fn new() -> Self {
        Self { state: NEW_CHUNK }
    }

    /// Takes bytes up to the end of the first piece of the body, and says how many it took.
    pub(crate) fn next(&mut self, input: &[u8]) -> Result<(usize, Piece)> {
        let mut at = 0;
        while at < input.len() {
            if let State::Data { left } = self.state {
                let available = input.len() - at;
                let taken = usize::try_from(left).map_or(available, |left| left.min(available));
                let left = left - taken as u64;
                self.state = if left == 0 {
                    State::DataEnd
                } else {
                    State::Data { left }
                };
                return Ok((at + taken, Piece::Data(at..at + taken)));
            }
            self.state = after(self.state, input[at])?;
            at += 1;
            if self.state == State::Done {
                return Ok((at, Piece::End));
            }
        }
        Ok((at, Piece::Incomplete))
    }
}

const NEW_CHUNK: State = State::Size { size: 0, digits: 0 };

/// The state after a byte that is not data.
fn after(state: State, byte: u8) -> Result<State> {
    Ok(match (state, byte) {
        (State::Size { size, digits: 1.. } | State::Extension { size }, b'\n') => begin(size),
        (State::Size { size, digits: 1.. }, b'\r' | b';' | b' ')
        | (State::Extension { size }, _) => State::Extension { size },
        (State::Size { size, digits }, _) => {
            let Some(digit) = char::from(byte).to_digit(16) else {
                bail!("a chunk size holds the byte {byte}");
            };
            let size = size * 16 + u64::from(digit);
            ensure!(size <= LARGEST_CHUNK, "a chunk is larger than 1 GiB");
            let digits = digits + 1;
            State::Size { size, digits }
        }
        (State::DataEnd, b'\r') => State::DataEnd,
        (State::DataEnd, b'\n') => NEW_CHUNK,
        (State::Trailer { empty: true }, b'\n') => State::Done,
        (State::Trailer { .. }, b'\n') => State::Trailer { empty: true },
        (State::Trailer { empty }, b'\r') => State::Trailer { empty },
        (State::Trailer { .. }, _) => State::Trailer { empty: false },
        (State::DataEnd, byte) => bail!("a chunk is followed by the byte {byte}"),
        (State::Data { .. } | State::Done, _) => bail!("bytes after the end of a chunked body"),
    })
}

fn begin(size: u64) -> State {
    if size == 0 {
        State::Trailer { empty: true }
    } else {
        State::Data { left: size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes input that arrives in pieces of at most `step` bytes; returns the body, whether it
    /// ended, and what was left over.
    fn decode(input: &[u8], step: usize) -> Result<(Vec<u8>, bool, usize)> {
        let mut decoder = ChunkedDecoder::new();
        let mut body = Vec::new();
        let mut at = 0;
        while at < input.len() {
            let window = &input[at..input.len().min(at + step)];
            let (taken, piece) = decoder.next(window)?;
            at += taken;
            match piece {
                Piece::Data(range) => body.extend_from_slice(&window[range]),
                Piece::Incomplete => {}
                Piece::End => return Ok((body, true, input.len() - at)),
            }
        }
        Ok((body, false, 0))
    }

    #[test]
    fn any_split_gives_the_same_body() {
        let input =
            b"5\r\nhello\r\n10;name=value\r\n, this is a text\r\n0\r\nx-trailer: 1\r\n\r\nHTTP";
        for step in 1..=input.len() {
            let (body, ended, left) = decode(input, step).unwrap();
            assert_eq!(body, b"hello, this is a text", "step {step}");
            assert!(ended);
            assert_eq!(left, 4, "the next response is left alone");
        }
    }

    #[test]
    fn an_unfinished_body_has_no_end() {
        let (body, ended, _) = decode(b"5\r\nabc", 100).unwrap();
        assert_eq!((body.as_slice(), ended), (b"abc".as_slice(), false));
        assert!(!decode(b"2\r\nok\r\n0\r\n", 100).unwrap().1);
    }

    #[test]
    fn an_empty_body_ends_at_once() {
        assert_eq!(decode(b"0\r\n\r\n", 1).unwrap(), (Vec::new(), true, 0));
    }

    #[test]
    fn broken_framing_is_an_error() {
        for input in [&b"\r\n"[..], b"g\r\n", b"2\r\nokno", b"fffffffff\r\n"] {
            assert!(decode(input, 100).is_err(), "{}", input.escape_ascii());
        }
    }
}
