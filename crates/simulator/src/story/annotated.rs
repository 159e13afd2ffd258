//! An answer with marks in its text and references in its metadata that say what the marks stand
//! for. Streams them the way upstream does: a reference begins hidden, grows with its mark, and
//! is given its type when the mark is complete. Scripts say what is cited.

use serde_json::{Value, json};

use super::{Finish, Story, TEXT};
use crate::pieces;
use crate::timeline::Op;

/// Where the references are.
pub(crate) const REFERENCES: &str = "/message/metadata/content_references";

/// A stretch of an answer's text.
pub(crate) enum Stretch<'a> {
    /// Text to be read.
    Text(&'a str),
    /// Text that stands for something else.
    Mark(Reference),
}

/// What a mark stands for.
pub(crate) struct Reference {
    /// The mark as it stands in the text.
    pub(crate) matched: String,
    /// The reference's type.
    pub(crate) kind: &'static str,
    /// The text to be shown instead, if there is one.
    pub(crate) alt: Value,
    /// What is peculiar to the type.
    pub(crate) members: Value,
}

/// In which steps a reference arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Hidden with the mark's first word, then complete with the rest of the mark.
    Twice,
    /// Hidden with the mark's first character, growing piece by piece, then with its type but
    /// still loading, then done.
    Gradually,
    /// Only in the last patch of the message, all at once.
    Last,
}

/// What positions in a text count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Unicode code points.
    CodePoint,
    /// UTF-16 code units.
    Utf16,
}

impl Unit {
    fn length(self, text: &str) -> usize {
        match self {
            Self::CodePoint => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// How far an annotated answer has come.
struct Progress {
    unit: Unit,
    /// The length of the text so far.
    position: usize,
    /// How many references there are.
    references: usize,
    /// References that are sent at the end.
    held_back: Vec<Value>,
}

impl Story<'_> {
    /// A whole answer in the final channel with marks in it; `closing` is given the length of the
    /// text and says what the last patch changes.
    pub(crate) fn annotated_answer(
        &mut self,
        stretches: &[Stretch<'_>],
        manner: Manner,
        unit: Unit,
        closing: impl FnOnce(usize) -> Vec<Op>,
    ) {
        let id = self.begin_answer(Some("final"));
        let mut progress = Progress {
            unit,
            position: 0,
            references: 0,
            held_back: Vec::new(),
        };
        for stretch in stretches {
            match stretch {
                Stretch::Text(text) => {
                    self.stream_text(TEXT, pieces::words(text));
                    progress.position += unit.length(text);
                }
                Stretch::Mark(reference) => self.mark(reference, manner, &mut progress),
            }
        }
        let mut ops = Vec::new();
        if !progress.held_back.is_empty() {
            let all = Value::Array(progress.held_back);
            ops.push(Op::new(REFERENCES, "append", all));
        }
        ops.extend(closing(progress.position));
        self.end_answer(&id, ops, Finish::Stop);
    }

    fn mark(&mut self, reference: &Reference, manner: Manner, progress: &mut Progress) {
        let start = progress.position;
        progress.position += progress.unit.length(&reference.matched);
        if manner == Manner::Last {
            self.stream_text(TEXT, pieces::words(&reference.matched));
            let complete = complete(reference, start, progress.position);
            progress.held_back.push(complete);
            return;
        }
        let opening = match manner {
            Manner::Twice => first_word(&reference.matched),
            Manner::Gradually | Manner::Last => first_character(&reference.matched),
        };
        let end = start + progress.unit.length(opening);
        let mut hidden = hidden(opening, start, end);
        let rest = &reference.matched[opening.len()..];
        if rest.is_empty() {
            // A single character is all there is to it, and is never shown.
            hidden["refs"] = json!(["hidden"]);
        } else {
            hidden["invalid"] = json!(true);
        }
        self.patch(vec![
            Op::append(TEXT, opening),
            Op::new(REFERENCES, "append", json!([hidden])),
        ]);
        let path = format!("{REFERENCES}/{}", progress.references);
        progress.references += 1;
        if rest.is_empty() {
            return;
        }
        match manner {
            Manner::Twice => self.complete_at_once(reference, rest, &path, progress.position),
            Manner::Gradually | Manner::Last => {
                self.complete_gradually(reference, rest, &path, end, progress.unit);
            }
        }
    }

    fn complete_at_once(&mut self, reference: &Reference, rest: &str, path: &str, end: usize) {
        self.patch(vec![
            Op::append(TEXT, rest),
            Op::append(&format!("{path}/matched_text"), rest),
            Op::replace(&format!("{path}/end_idx"), end),
            Op::replace(&format!("{path}/alt"), reference.alt.clone()),
            Op::replace(&format!("{path}/type"), reference.kind),
            Op::remove(format!("{path}/invalid")),
            Op::new(path, "append", reference.members.clone()),
        ]);
    }

    fn complete_gradually(
        &mut self,
        reference: &Reference,
        rest: &str,
        path: &str,
        start: usize,
        unit: Unit,
    ) {
        let mut end = start;
        for piece in pieces::words(rest) {
            end += unit.length(piece);
            self.patch(vec![
                Op::append(TEXT, piece),
                Op::append(&format!("{path}/matched_text"), piece),
                Op::replace(&format!("{path}/end_idx"), end),
            ]);
        }
        let mut members = reference.members.clone();
        members["status"] = json!("loading");
        self.patch(vec![
            Op::replace(&format!("{path}/type"), reference.kind),
            Op::remove(format!("{path}/invalid")),
            Op::new(path, "append", members),
        ]);
        self.patch(vec![
            Op::replace(&format!("{path}/alt"), reference.alt.clone()),
            Op::replace(&format!("{path}/status"), "done"),
        ]);
    }
}

/// A reference that is not to be shown yet.
fn hidden(matched: &str, start: usize, end: usize) -> Value {
    json!({
        "matched_text": matched,
        "start_idx": start,
        "end_idx": end,
        "safe_urls": [],
        "refs": [],
        "alt": null,
        "prompt_text": null,
        "type": "hidden",
    })
}

fn complete(reference: &Reference, start: usize, end: usize) -> Value {
    let mut complete = hidden(&reference.matched, start, end);
    complete["type"] = json!(reference.kind);
    complete["alt"] = reference.alt.clone();
    for (name, value) in reference.members.as_object().into_iter().flatten() {
        complete[name] = value.clone();
    }
    complete
}

/// A mark up to its first separator.
fn first_word(matched: &str) -> &str {
    matched
        .find('\u{e202}')
        .map_or(matched, |end| &matched[..end])
}

fn first_character(matched: &str) -> &str {
    let end = matched.chars().next().map_or(0, char::len_utf8);
    &matched[..end]
}
