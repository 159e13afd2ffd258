//! Finds where a block begins in text that arrives in pieces.
//!
//! Held back is the end of the text that may be the beginning of a block, and never more: a line
//! break with blank lines after it, and as much of the opening as is there. Text without a line
//! break at its end goes on at once.

use super::grammar::{BLANK, MAX_INDENT, OPENING};

/// Looks for the opening of a block.
#[derive(Debug)]
pub(super) struct BlockOpening {
    held: String,
    /// Whether `held` is at the beginning of a line, with no line break before it.
    is_at_start: bool,
}

impl Default for BlockOpening {
    /// Begins at the beginning of a line.
    fn default() -> Self {
        Self {
            held: String::new(),
            is_at_start: true,
        }
    }
}

/// What is known of the text so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Looked {
    /// What belongs to no block.
    pub(super) text: String,
    /// What stands behind the opening, once there is one.
    pub(super) inside: Option<String>,
}

impl BlockOpening {
    /// Takes more text.
    pub(super) fn push(&mut self, text: &str) -> Looked {
        self.held.push_str(text);
        let lines = self.first_line().into_iter();
        let mut lines = lines.chain(self.held.match_indices('\n').map(|(at, _)| at + 1));
        let opening =
            lines.find_map(|line| Some((line, line + opening_length(&self.held[line..])?)));
        if let Some((line, end)) = opening {
            let inside = self.held.split_off(end);
            self.held.truncate(self.white_space_before(line));
            return Looked {
                text: self.rest(),
                inside: Some(inside),
            };
        }
        let later = self.held.split_off(self.possible_beginning());
        let text = std::mem::replace(&mut self.held, later);
        self.is_at_start &= text.is_empty();
        Looked { text, inside: None }
    }

    /// What was held back, once no more text comes.
    pub(super) fn rest(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    fn first_line(&self) -> Option<usize> {
        self.is_at_start.then_some(0)
    }

    /// From where on the text may be the beginning of a block.
    fn possible_beginning(&self) -> usize {
        let last_line = self.held.rfind('\n').map(|at| at + 1);
        match last_line.or(self.first_line()) {
            Some(line) if may_open(&self.held[line..]) => self.white_space_before(line),
            _ if self.held.ends_with('\r') => self.held.len() - 1,
            _ => self.held.len(),
        }
    }

    /// Where the white space before a line begins, from the first line break on.
    fn white_space_before(&self, line: usize) -> usize {
        let before = &self.held[..line];
        let text = before.trim_end_matches(BLANK);
        if self.is_at_start && text.is_empty() {
            return 0;
        }
        let blank = &before[text.len()..];
        let line_break = blank.find('\n').unwrap_or(blank.len());
        text.len()
            + blank[..line_break]
                .strip_suffix('\r')
                .map_or(line_break, str::len)
    }
}

/// How long the opening is that `line` begins with, the white space behind it included.
fn opening_length(line: &str) -> Option<usize> {
    let rest = unindented(line)?.strip_prefix(OPENING)?;
    let rest = rest.strip_prefix(BLANK)?;
    Some(line.len() - rest.len())
}

/// Whether `line`, to which more may come, may begin with the opening or be blank.
fn may_open(line: &str) -> bool {
    line.trim_matches(BLANK).is_empty()
        || unindented(line).is_some_and(|rest| OPENING.starts_with(rest))
}

fn unindented(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ');
    (line.len() - rest.len() <= MAX_INDENT).then_some(rest)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{BlockOpening, Looked};

    #[rstest]
    #[case::plain("Good day", "Good day")]
    #[case::spaces_at_the_end("Good day  ", "Good day  ")]
    #[case::a_line_break("Good day\n", "Good day")]
    #[case::windows("Good day\r", "Good day")]
    #[case::windows_whole("Good day\r\n", "Good day")]
    #[case::blank_lines("好\n \n\t", "好")]
    #[case::a_fence("a\n```", "a")]
    #[case::most_of_it("a\n\n  ```tool_call", "a")]
    #[case::another_language("a\n```tools", "a\n```tools")]
    #[case::longer("a\n```tool_calls", "a\n```tool_calls")]
    #[case::indented_code("a\n    `", "a\n    `")]
    #[case::in_a_line("a ```tool_call\n", "a ```tool_call")]
    #[case::at_the_start("``", "")]
    #[case::wide_space("\u{3000}", "\u{3000}")]
    fn only_what_may_begin_a_block_is_held(#[case] text: &str, #[case] passed: &str) {
        let mut opening = BlockOpening::default();
        let looked = opening.push(text);
        assert_eq!((looked.text.as_str(), looked.inside), (passed, None));
        assert_eq!(opening.rest(), &text[passed.len()..]);
    }

    #[rstest]
    #[case("```tool_call\n{", "", "{")]
    #[case("\n \n```tool_call {", "", "{")]
    #[case("Hi. \r\n\r\n```tool_call\r\n{", "Hi. ", "\n{")]
    #[case("```json\n   ```tool_call\n", "```json", "")]
    fn an_opening_takes_the_white_space_before_it_along(
        #[case] text: &str,
        #[case] passed: &str,
        #[case] inside: &str,
    ) {
        let looked = BlockOpening::default().push(text);
        let expected = Looked {
            text: passed.into(),
            inside: Some(inside.into()),
        };
        assert_eq!(looked, expected);
    }
}
