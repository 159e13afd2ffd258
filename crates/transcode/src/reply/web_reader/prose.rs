//! From the raw text of an answer's message to its visible text.
//!
//! Sources become numbered links, links into the sandbox become links to the gateway. Text is
//! held back only from a place where such a thing has begun and is not settled, and at the
//! latest until its message is finished. Called by `messages`.

use chatgpt::message::Metadata;
use percent_encoding::percent_decode_str;

use super::citations::{self, Link, Replacement};
use super::markers::{self, Extent, SandboxLink};
use crate::reply::answer_style::FileLinks;
use crate::reply::answer_text::{AnswerText, GROWING_BYTES};
use crate::turn_event::{FilePlace, OutputFile};

/// The raw text of one message, and how much of it has been shown.
#[derive(Debug, Default)]
pub(super) struct Prose {
    raw: String,
    shown: usize,
}

/// What is known beside the text while it is shown.
pub(super) struct Beside<'a> {
    /// The sources, where the message's state was read.
    pub(super) metadata: &'a Metadata<'a>,
    /// Whether no more text comes.
    pub(super) is_finished: bool,
    /// The message.
    pub(super) message_id: &'a str,
    /// Its conversation.
    pub(super) conversation_id: Option<&'a str>,
    /// Makes the links to files.
    pub(super) links: &'a FileLinks,
}

/// How far the rest of the text is settled.
enum Settled {
    /// So many bytes are done with, whatever was shown of them.
    Bytes(usize),
    /// Nothing yet.
    Nothing,
}

impl Prose {
    /// Whether this is the text already.
    pub(super) fn is(&self, text: &str) -> bool {
        self.raw == text
    }

    /// Whether there is any text.
    pub(super) fn has_begun(&self) -> bool {
        !self.raw.is_empty()
    }

    /// Whether the text is an earlier state of this one.
    pub(super) fn is_ahead_of(&self, text: &str) -> bool {
        self.raw.len() > text.len() && self.raw.starts_with(text)
    }

    /// Takes over the text as it is now; returns whether it is no continuation.
    pub(super) fn set(&mut self, text: &str) -> bool {
        if let Some(more) = text.strip_prefix(self.raw.as_str()) {
            if self.raw.is_empty() {
                self.raw.reserve(more.len().max(GROWING_BYTES));
            }
            self.raw.push_str(more);
            return false;
        }
        text.clone_into(&mut self.raw);
        self.shown = 0;
        true
    }

    /// The short way: shows more text at once, if there is nothing in it to look after.
    pub(super) fn append(&mut self, text: &str, answer: &mut AnswerText) -> bool {
        let is_plain = self.shown == self.raw.len()
            && markers::first_place(text, self.byte_before(self.shown)).is_none();
        if is_plain {
            self.raw.push_str(text);
            self.shown = self.raw.len();
            answer.push(text);
        }
        is_plain
    }

    /// Shows more text that is never anything but text.
    pub(super) fn append_plain(&mut self, text: &str, answer: &mut AnswerText) {
        self.raw.push_str(text);
        self.show_plain(answer);
    }

    /// Shows all as it stands.
    pub(super) fn show_plain(&mut self, answer: &mut AnswerText) {
        answer.push(&self.raw[self.shown..]);
        self.shown = self.raw.len();
    }

    /// Shows what is settled.
    pub(super) fn show(&mut self, beside: &Beside<'_>, answer: &mut AnswerText) {
        while self.shown < self.raw.len() {
            let rest = &self.raw[self.shown..];
            let place = markers::first_place(rest, self.byte_before(self.shown));
            let plain = place.unwrap_or(rest.len());
            answer.push(&rest[..plain]);
            self.shown += plain;
            if place.is_some() {
                match self.show_place(beside, answer) {
                    Settled::Bytes(bytes) => self.shown += bytes,
                    Settled::Nothing => return,
                }
            }
        }
    }

    /// Shows what the thing at the beginning of the rest becomes.
    fn show_place(&self, beside: &Beside<'_>, answer: &mut AnswerText) -> Settled {
        let rest = &self.raw[self.shown..];
        let first = rest.chars().next().unwrap_or_default();
        match first {
            '(' => show_link(rest, beside, answer),
            '【' => match markers::older_marker(rest) {
                Extent::Whole(end) => self.show_marker(end, beside, answer),
                Extent::Open if !beside.is_finished => Settled::Nothing,
                Extent::Open | Extent::Not => {
                    answer.push("【");
                    Settled::Bytes(first.len_utf8())
                }
            },
            markers::OPEN => match markers::marker(rest) {
                Extent::Whole(end) => self.show_marker(end, beside, answer),
                Extent::Open if !beside.is_finished => Settled::Nothing,
                Extent::Open | Extent::Not => Settled::Bytes(markers::broken_marker(rest)),
            },
            // A character that marks a cited span, or one of a marker that never began.
            _ => Settled::Bytes(first.len_utf8()),
        }
    }

    fn show_marker(&self, end: usize, beside: &Beside<'_>, answer: &mut AnswerText) -> Settled {
        let (before, rest) = self.raw.split_at(self.shown);
        let marker = &rest[..end];
        let replacement = match citations::replacement(marker, before, beside.metadata) {
            Some(replacement) => replacement,
            None if beside.is_finished => citations::unresolved(marker),
            None => return Settled::Nothing,
        };
        put(&replacement, answer);
        Settled::Bytes(end)
    }

    fn byte_before(&self, at: usize) -> u8 {
        let before = at.checked_sub(1).and_then(|at| self.raw.as_bytes().get(at));
        before.copied().unwrap_or(b'\n')
    }
}

fn put(replacement: &Replacement, answer: &mut AnswerText) {
    match replacement {
        Replacement::Text(text) => answer.push(text),
        Replacement::Links(links) => {
            for Link { url, title } in links {
                if !answer.is_spaced() {
                    answer.push(" ");
                }
                answer.cite(url, title);
            }
        }
        Replacement::List { title, links } => {
            if !answer.is_line_start() {
                answer.push("\n");
            }
            answer.push(title);
            for link in links {
                if !answer.is_line_start() {
                    answer.push("\n");
                }
                answer.push("- ");
                answer.push(&link.title);
                if !answer.is_spaced() {
                    answer.push(" ");
                }
                answer.cite(&link.url, &link.title);
            }
        }
    }
}

fn show_link(rest: &str, beside: &Beside<'_>, answer: &mut AnswerText) -> Settled {
    match markers::sandbox_link(rest, beside.is_finished) {
        Extent::Whole(SandboxLink { address, end }) => {
            let file = file_at(&rest[address.clone()], beside);
            answer.push(&rest[..address.start]);
            answer.push(&beside.links.link(&file));
            answer.push(&rest[address.end..end]);
            Settled::Bytes(end)
        }
        Extent::Open => Settled::Nothing,
        Extent::Not => {
            answer.push("(");
            Settled::Bytes(1)
        }
    }
}

/// The file behind `sandbox:/…`, as it stands in Markdown.
fn file_at(address: &str, beside: &Beside<'_>) -> OutputFile {
    let path = address.strip_prefix("sandbox:").unwrap_or(address);
    let path = unescaped(path);
    let decoded = percent_decode_str(&path).decode_utf8();
    let path = decoded.map(Into::into).unwrap_or(path.clone());
    let name = path.rsplit('/').next().filter(|name| !name.is_empty());
    OutputFile {
        conversation_id: beside.conversation_id.map(str::to_owned),
        message_id: beside.message_id.to_owned(),
        name: name.map(str::to_owned),
        place: FilePlace::Sandbox(path),
    }
}

/// Without the backslashes that keep Markdown from reading a character.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation);
        plain.extend(if escapes { chars.next() } else { Some(c) });
    }
    plain
}
