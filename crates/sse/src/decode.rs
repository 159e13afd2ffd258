//! Incremental decoding of an event stream, at any chunk boundary.
//!
//! Bytes stay bytes until a whole line is present; UTF-8 is checked there, strictly.
//! Handles LF, CR and CRLF, a byte-order mark, comments and several `data:` lines.
//! An event whose blank line never came is not delivered; what that means is the caller's.
//! Called by `upstream`, and by tests.

use std::ops::Range;

use memchr::memchr2;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Why a stream cannot be decoded further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// One event grew past the limit given to [`Decoder::new`].
    #[error("an event is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A line is not UTF-8.
    #[error("an event is not valid UTF-8")]
    NotUtf8,
}

/// One event: its name if it had one, and its data lines joined with `\n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event:` field.
    pub name: Option<&'a str>,
    /// The `data:` fields, joined with `\n`.
    pub data: &'a str,
}

/// A decoder holding at most one unfinished event.
#[derive(Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Start of the unfinished event in `buffer`.
    event_start: usize,
    /// Start of the unfinished line.
    line_start: usize,
    /// Everything before this was searched for a line end.
    searched: usize,
    name: Option<Range<usize>>,
    data: Data,
    /// The data lines of an event that has several.
    joined: Vec<u8>,
    /// The last line ended with CR: a directly following LF belongs to it.
    after_carriage_return: bool,
    at_stream_start: bool,
    max_event_bytes: usize,
}

/// The data of the unfinished event: a range of the buffer while it is one line.
#[derive(Debug)]
enum Data {
    None,
    Line(Range<usize>),
    Joined,
}

impl Decoder {
    /// A decoder that refuses events larger than `max_event_bytes`.
    pub fn new(max_event_bytes: usize) -> Self {
        Self {
            buffer: Vec::new(),
            event_start: 0,
            line_start: 0,
            searched: 0,
            name: None,
            data: Data::None,
            joined: Vec::new(),
            after_carriage_return: false,
            at_stream_start: true,
            max_event_bytes,
        }
    }

    /// Adds received bytes. Pull events with [`Self::next_event`] before adding more.
    pub fn push(&mut self, chunk: &[u8]) {
        self.forget_finished();
        self.buffer.extend_from_slice(chunk);
    }

    /// The next complete event, or `None` when more bytes are needed.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        while let Some(line) = self.next_line() {
            if line.is_empty() {
                if matches!(self.data, Data::None) {
                    self.start_event();
                    continue;
                }
                return self.finish_event().map(Some);
            }
            self.take_field(line);
        }
        if self.buffer.len() - self.event_start > self.max_event_bytes {
            return Err(DecodeError::TooLarge {
                limit: self.max_event_bytes,
            });
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Option<Range<usize>> {
        self.skip_byte_order_mark()?;
        if self.after_carriage_return && self.line_start < self.buffer.len() {
            self.after_carriage_return = false;
            if self.buffer[self.line_start] == b'\n' {
                if self.event_start == self.line_start {
                    self.event_start += 1;
                }
                self.line_start += 1;
                self.searched = self.searched.max(self.line_start);
            }
        }
        let rest = &self.buffer[self.searched..];
        // Every other line is empty.
        let found = match rest.first() {
            Some(b'\n' | b'\r') => Some(0),
            _ => memchr2(b'\n', b'\r', rest),
        };
        let Some(found) = found else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched + found;
        let line = self.line_start..end;
        self.after_carriage_return = self.buffer[end] == b'\r';
        self.line_start = end + 1;
        self.searched = end + 1;
        Some(line)
    }

    /// `None` while it is not yet known whether the stream begins with a mark.
    fn skip_byte_order_mark(&mut self) -> Option<()> {
        if !self.at_stream_start {
            return Some(());
        }
        if self.buffer.len() < BOM.len() && BOM.starts_with(&self.buffer) {
            return None;
        }
        self.at_stream_start = false;
        if self.buffer.starts_with(BOM) {
            self.event_start = BOM.len();
            self.line_start = BOM.len();
            self.searched = BOM.len();
        }
        Some(())
    }

    fn take_field(&mut self, line: Range<usize>) {
        let bytes = &self.buffer[line.clone()];
        if let Some(value) = field(bytes, b"data") {
            let value = line.start + value..line.end;
            match &self.data {
                Data::None => {
                    self.data = Data::Line(value);
                    return;
                }
                Data::Line(first) => {
                    self.joined.clear();
                    self.joined.extend_from_slice(&self.buffer[first.clone()]);
                    self.data = Data::Joined;
                }
                Data::Joined => {}
            }
            self.joined.push(b'\n');
            self.joined.extend_from_slice(&self.buffer[value]);
        } else if let Some(value) = field(bytes, b"event") {
            self.name = Some(line.start + value..line.end);
        }
    }

    fn finish_event(&mut self) -> Result<Event<'_>, DecodeError> {
        let data = std::mem::replace(&mut self.data, Data::None);
        let name = self.name.take();
        self.event_start = self.line_start;
        let text = |bytes| str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8);
        Ok(Event {
            name: name.map(|range| text(&self.buffer[range])).transpose()?,
            data: match data {
                Data::None => "",
                Data::Line(range) => text(&self.buffer[range])?,
                Data::Joined => text(&self.joined)?,
            },
        })
    }

    fn start_event(&mut self) {
        self.name = None;
        self.event_start = self.line_start;
    }

    /// Drops the bytes of finished events, moving what is unfinished to the front.
    fn forget_finished(&mut self) {
        let gone = self.event_start;
        if gone == 0 {
            return;
        }
        self.buffer.drain(..gone);
        self.event_start = 0;
        self.line_start -= gone;
        self.searched -= gone;
        let line = match &mut self.data {
            Data::Line(range) => Some(range),
            Data::None | Data::Joined => None,
        };
        for range in [self.name.as_mut(), line].into_iter().flatten() {
            range.start -= gone;
            range.end -= gone;
        }
    }
}

/// Where the value of `line` starts if the line sets the field `name`.
fn field(line: &[u8], name: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(name)?;
    match rest {
        [] => Some(line.len()),
        [b':', b' ', ..] => Some(name.len() + 2),
        [b':', ..] => Some(name.len() + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
