//! Stop sequences over text that arrives in pieces.
//!
//! Text that may be the beginning of a sequence is held back until it is known.

/// Looks for stop sequences.
#[derive(Debug)]
pub(super) struct StopSequences {
    stops: Vec<String>,
    held: String,
}

impl StopSequences {
    pub(super) fn new(stops: Vec<String>) -> Self {
        Self {
            stops,
            held: String::new(),
        }
    }

    /// Takes more text; returns what may go on, and the sequence that was met.
    pub(super) fn push(&mut self, text: &str) -> (String, Option<String>) {
        if self.stops.is_empty() {
            return (text.to_owned(), None);
        }
        self.held.push_str(text);
        if let Some((at, stop)) = self.first_met() {
            let stop = stop.to_owned();
            let mut before = std::mem::take(&mut self.held);
            before.truncate(at);
            return (before, Some(stop));
        }
        let keep = self.possible_beginning();
        let rest = self.held.split_off(self.held.len() - keep);
        (std::mem::replace(&mut self.held, rest), None)
    }

    /// What was held back, once no more text comes.
    pub(super) fn rest(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// The sequence that is complete first, and where it begins.
    fn first_met(&self) -> Option<(usize, &str)> {
        let met = self.stops.iter().filter_map(|stop| {
            let at = self.held.find(stop)?;
            Some((at + stop.len(), at, stop.as_str()))
        });
        met.min().map(|(_, at, stop)| (at, stop))
    }

    /// The length of the longest end of the text that begins a sequence.
    fn possible_beginning(&self) -> usize {
        let longest = |stop: &String| {
            stop.char_indices()
                .map(|(at, _)| at)
                .filter(|at| self.held.ends_with(&stop[..*at]))
                .max()
        };
        self.stops.iter().filter_map(longest).max().unwrap_or(0)
    }
}
