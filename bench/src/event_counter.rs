//! Counts the events of an event stream as its bytes come in, and notes the few things about them
//! that a measurement needs. It keeps as little of a line as it can and parses no JSON, so that
//! the client stays cheap. Pure; used by the chats.

use memchr::{memchr, memmem};

/// So much of a line is kept once the first text has been seen.
const SHORT: usize = 16;
/// So much of a line is kept until then.
const LONG: usize = 16 * 1024;

/// What has been seen of one stream.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one stream"
)]
pub(crate) struct EventCounter {
    /// The beginning of the current line.
    line: Vec<u8>,
    /// Whether the current event has data that counts.
    has_data: bool,
    /// Whether an event with text has been seen.
    pub(crate) has_text: bool,
    /// Whether the stream said `[DONE]`.
    pub(crate) is_done: bool,
    /// Whether an event was an error.
    pub(crate) has_error: bool,
}

impl EventCounter {
    /// Takes the next bytes and returns how many events with data ended in them. The closing
    /// `[DONE]` is not counted.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut events = 0;
        while let Some(end) = memchr(b'\n', bytes) {
            if self.line.is_empty() {
                events += self.end_line(&bytes[..end]);
            } else {
                self.keep(&bytes[..end]);
                let line = std::mem::take(&mut self.line);
                events += self.end_line(&line);
                self.line = line;
                self.line.clear();
            }
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
        events
    }

    fn keep(&mut self, bytes: &[u8]) {
        let most = if self.has_text { SHORT } else { LONG };
        let room = most.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    fn end_line(&mut self, line: &[u8]) -> u64 {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return u64::from(std::mem::take(&mut self.has_data));
        }
        if let Some(data) = line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            self.see(data);
        }
        0
    }

    fn see(&mut self, data: &[u8]) {
        if data.starts_with(b"[DONE]") {
            self.is_done = true;
            return;
        }
        self.has_data = true;
        if data.starts_with(b"{\"error\"") {
            self.has_error = true;
        }
        self.has_text = self.has_text || has_text(data);
    }
}

/// Whether a chunk of an OpenAI stream brings text: a `content` that is a string and not empty.
fn has_text(data: &[u8]) -> bool {
    const MEMBER: &[u8] = b"\"content\":\"";
    memmem::find(data, MEMBER).is_some_and(|at| {
        let next = data.get(at + MEMBER.len());
        next.is_some_and(|byte| *byte != b'"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\n\
        data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
        event: chunk\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hé\"}}]}\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}]}\n\n\
        data:{\"choices\":[]}\n\n\
        data: [DONE]\n\n";

    #[test]
    fn any_split_gives_the_same_count() {
        for step in 1..=STREAM.len() {
            let mut counter = EventCounter::default();
            let events: u64 = STREAM
                .as_bytes()
                .chunks(step)
                .map(|chunk| counter.feed(chunk))
                .sum();
            assert_eq!(events, 4, "step {step}");
            assert!(counter.has_text && counter.is_done && !counter.has_error);
        }
    }

    #[test]
    fn the_first_text_is_noticed_when_its_line_ends() {
        let mut counter = EventCounter::default();
        let position = STREAM.find("\"llo").unwrap();
        let first = STREAM.find('H').unwrap();
        counter.feed(&STREAM.as_bytes()[..first]);
        assert!(!counter.has_text, "the role comes with an empty text");
        counter.feed(&STREAM.as_bytes()[first..position]);
        assert!(counter.has_text);
    }

    #[test]
    fn comments_and_an_unfinished_event_do_not_count() {
        let mut counter = EventCounter::default();
        assert_eq!(counter.feed(b": ping\n\n: ping\n\nid: 1\n\ndata: {}\n"), 0);
        assert_eq!(counter.feed(b"\n"), 1);
    }

    #[test]
    fn errors_are_noticed() {
        let mut counter = EventCounter::default();
        counter.feed(b"data: {\"error\":{\"message\":\"no\"}}\n\n");
        assert!(counter.has_error && !counter.is_done);
    }

    #[test]
    fn long_lines_are_not_kept() {
        let mut counter = EventCounter {
            has_text: true,
            ..EventCounter::default()
        };
        counter.feed(&vec![b'x'; 1_000_000]);
        assert!(counter.line.len() <= SHORT);
        assert_eq!(counter.feed(b"\ndata: 1\n\n"), 1);
    }
}
