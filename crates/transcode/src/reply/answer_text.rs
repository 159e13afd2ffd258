//! The visible text of an answer while it grows: blocks from several messages, in order.
//!
//! Rule: blocks are separated by a blank line; code stands in a fence named `python`, its
//! output in one named `Output`; text stands as it is. Only [`super::web_reader`] uses it.

use std::ops::Range;

/// Text in order, and how much of it has been handed out.
#[derive(Debug, Default)]
pub(super) struct AnswerText {
    visible: String,
    handed_out: usize,
    /// What was handed out is no longer a prefix of `visible`.
    rewritten: bool,
    block_start: usize,
    fence_open: bool,
}

/// What is new since the last time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    More(String),
    Instead(String),
}

impl AnswerText {
    /// Starts a block of plain text.
    pub(super) fn begin_text(&mut self) {
        self.separate();
        self.block_start = self.visible.len();
    }

    /// Starts a block of code.
    pub(super) fn begin_code(&mut self, language: &str) {
        self.separate();
        self.visible.push_str("```");
        self.visible.push_str(language);
        self.visible.push('\n');
        self.block_start = self.visible.len();
        self.fence_open = true;
    }

    /// A whole block of output, in a fence longer than any inside it.
    pub(super) fn add_output(&mut self, output: &str) {
        self.separate();
        let longest = output.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let line_end = if output.ends_with('\n') { "" } else { "\n" };
        for text in [&*fence, "Output\n", output, line_end, &*fence] {
            self.visible.push_str(text);
        }
        self.block_start = self.visible.len();
    }

    /// More text of the current block.
    pub(super) fn push(&mut self, text: &str) {
        self.visible.push_str(text);
    }

    /// The current block's text is now this.
    pub(super) fn set_block(&mut self, text: &str) {
        let current = &self.visible[self.block_start..];
        if let Some(more) = text.strip_prefix(current) {
            self.visible.push_str(more);
        } else {
            self.visible.truncate(self.block_start);
            self.visible.push_str(text);
            self.rewritten = true;
        }
    }

    /// Where the current block stands.
    pub(super) fn block(&self) -> Range<usize> {
        self.block_start..self.visible.len()
    }

    /// The text at a place.
    pub(super) fn at(&self, range: Range<usize>) -> &str {
        self.visible.get(range).unwrap_or_default()
    }

    /// Ends a fence that is open.
    pub(super) fn close_fence(&mut self) {
        if std::mem::take(&mut self.fence_open) {
            if !self.visible.ends_with('\n') {
                self.visible.push('\n');
            }
            self.visible.push_str("```");
            self.block_start = self.visible.len();
        }
    }

    /// Hands out what is new.
    pub(super) fn take_news(&mut self) -> Option<News> {
        let from = std::mem::replace(&mut self.handed_out, self.visible.len());
        if std::mem::take(&mut self.rewritten) && from > 0 {
            return Some(News::Instead(self.visible.clone()));
        }
        let more = self.visible.get(from..).unwrap_or_default();
        (!more.is_empty()).then(|| News::More(more.to_owned()))
    }

    fn separate(&mut self) {
        self.close_fence();
        if !self.visible.is_empty() {
            self.visible.push_str("\n\n");
        }
    }
}
