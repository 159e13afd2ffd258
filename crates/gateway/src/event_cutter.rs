//! Cuts a stream of events where each ends, so that whole ones can be looked at and sent on byte
//! for byte. Pure.

/// Cuts at blank lines, whichever line ends there are.
#[derive(Debug, Default)]
pub(crate) struct EventCutter {
    buffer: Vec<u8>,
    /// Everything before this was searched.
    searched: usize,
}

impl EventCutter {
    /// Adds what came.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// How much there is of an event that has not ended.
    pub(crate) fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// The next whole event with the blank line that ends it.
    pub(crate) fn next_event(&mut self) -> Option<Vec<u8>> {
        let end = self.find_end()?;
        let rest = self.buffer.split_off(end);
        self.searched = 0;
        Some(std::mem::replace(&mut self.buffer, rest))
    }

    fn find_end(&mut self) -> Option<usize> {
        let bytes = &self.buffer;
        for at in self.searched..bytes.len() {
            let after = match &bytes[at..] {
                [b'\n', b'\n', ..] => 2,
                [b'\n', b'\r', b'\n', ..] => 3,
                // A line feed after two carriage returns may still belong to the second.
                [b'\r', b'\r', next, ..] => 2 + usize::from(*next == b'\n'),
                _ => continue,
            };
            return Some(at + after);
        }
        self.searched = bytes.len().saturating_sub(2);
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::EventCutter;

    fn cut(pieces: &[&[u8]]) -> (Vec<String>, usize) {
        let mut cutter = EventCutter::default();
        let mut events = Vec::new();
        for piece in pieces {
            cutter.push(piece);
            while let Some(event) = cutter.next_event() {
                events.push(String::from_utf8(event).unwrap());
            }
        }
        (events, cutter.pending())
    }

    #[test]
    fn events_end_at_blank_lines_of_any_kind() {
        let (events, pending) = cut(&[b"data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n"]);
        assert_eq!(events, ["data: a\n\n", "data: b\r\n\r\n", "data: c\r\r"]);
        assert_eq!(pending, "data: d\n".len());
    }

    proptest! {
        #[test]
        fn however_the_stream_is_split_the_same_bytes_come_out(
            text in "(data: [a-c]{0,3}(\n|\r\n)){0,6}(\n|\r\n|)",
            at in 0_usize..60,
        ) {
            let at = at.min(text.len());
            let whole = cut(&[text.as_bytes()]);
            let (first, second) = text.as_bytes().split_at(at);
            prop_assert_eq!(cut(&[first, second]), whole);
        }
    }
}
