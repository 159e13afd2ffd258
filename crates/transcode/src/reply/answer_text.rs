//! The visible text of an answer while it grows: blocks from several messages, in order.
//!
//! Rule: blocks are separated by a blank line; a block begins with its first character, and
//! what opens it is closed before the next one. Only [`super::web_reader`] uses it.

use crate::turn_event::Citation;

/// A text that grows begins with room for this much.
pub(super) const GROWING_BYTES: usize = 1024;

/// Text in order, and how much of it has been handed out.
#[derive(Debug, Default)]
pub(super) struct AnswerText {
    visible: String,
    handed_out: usize,
    /// What was handed out is no longer a prefix of `visible`.
    rewritten: bool,
    /// Where the text of the current block begins.
    block_start: usize,
    /// What opens and closes the block that begins with the next character.
    next_block: Option<(&'static str, &'static str)>,
    /// What the current block still needs.
    closing: &'static str,
    citations: Vec<Citation>,
    handed_out_citations: usize,
    counted: Counted,
}

/// How many characters the first bytes of the text are.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    bytes: usize,
    chars: usize,
}

/// What is new since the last time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    More(String),
    Instead(String),
}

impl AnswerText {
    /// The next text begins a block, between these.
    pub(super) fn begin(&mut self, opening: &'static str, closing: &'static str) {
        self.end();
        self.next_block = Some((opening, closing));
    }

    /// A whole block.
    pub(super) fn add(&mut self, block: &str) {
        self.begin("", "");
        self.push(block);
        self.end();
    }

    /// More text of the current block.
    pub(super) fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some((opening, closing)) = self.next_block.take() {
            if !self.visible.is_empty() {
                self.visible.push_str("\n\n");
            }
            self.visible.push_str(opening);
            self.block_start = self.visible.len();
            self.closing = closing;
            self.visible.reserve(GROWING_BYTES);
        }
        self.visible.push_str(text);
    }

    /// A numbered link to a source, of the same number wherever the source is named.
    pub(super) fn cite(&mut self, url: &str, title: &str) {
        let number = self.number_of(url);
        self.push(&format!("[{number}]({url})"));
        let end = self.chars();
        let link = 4 + number.to_string().len() + url.chars().count();
        self.citations.push(Citation {
            start: end - link,
            end,
            url: url.to_owned(),
            title: title.to_owned(),
        });
    }

    /// Whether a space before the next text would be one too many.
    pub(super) fn is_spaced(&self) -> bool {
        self.next_block.is_some() || self.visible.ends_with(char::is_whitespace)
    }

    /// Whether the next text begins a line.
    pub(super) fn is_line_start(&self) -> bool {
        self.next_block.is_some() || self.visible.is_empty() || self.visible.ends_with('\n')
    }

    /// Takes back the current block's text, which will be another.
    pub(super) fn restart_block(&mut self) {
        if self.next_block.is_some() {
            return;
        }
        self.visible.truncate(self.block_start);
        self.counted = Counted::default();
        let kept = self.chars();
        self.citations.retain(|citation| citation.end <= kept);
        self.rewritten = true;
    }

    /// Ends the current block.
    pub(super) fn end(&mut self) {
        self.next_block = None;
        let closing = std::mem::take(&mut self.closing);
        if !closing.is_empty() {
            if !self.visible.ends_with('\n') {
                self.visible.push('\n');
            }
            self.visible.push_str(closing);
        }
    }

    /// Hands out what is new of the text.
    pub(super) fn take_news(&mut self) -> Option<News> {
        let from = std::mem::replace(&mut self.handed_out, self.visible.len());
        if std::mem::take(&mut self.rewritten) && from > 0 {
            // Whoever reads it starts anew, with the sources too.
            self.handed_out_citations = 0;
            return Some(News::Instead(self.visible.clone()));
        }
        let more = self.visible.get(from..).unwrap_or_default();
        (!more.is_empty()).then(|| News::More(more.to_owned()))
    }

    /// Hands out the sources that are new; call it after [`Self::take_news`].
    pub(super) fn take_citations(&mut self) -> &[Citation] {
        let from = std::mem::replace(&mut self.handed_out_citations, self.citations.len());
        self.citations.get(from..).unwrap_or_default()
    }

    fn number_of(&self, url: &str) -> usize {
        let mut urls: Vec<&str> = Vec::new();
        for citation in &self.citations {
            if !urls.contains(&citation.url.as_str()) {
                urls.push(&citation.url);
            }
        }
        let known = urls.iter().position(|known| *known == url);
        known.unwrap_or(urls.len()) + 1
    }

    /// The length of the text in characters.
    fn chars(&mut self) -> usize {
        let new = self.visible.get(self.counted.bytes..).unwrap_or_default();
        self.counted.chars += new.chars().count();
        self.counted.bytes = self.visible.len();
        self.counted.chars
    }
}
