//! JSON as text: where its strings, keys and numbers stand, and replacing some of them while
//! every other byte, spacing and escapes included, stays as it came.
//!
//! Knows nothing of what is personal. Called by the other files of `scrub`.

use std::ops::Range;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Object(Vec<Member>),
    List(Vec<Node>),
    Text(String),
    Number,
    /// `true`, `false` or `null`.
    Word,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key_span: Range<usize>,
    pub(super) key: String,
    pub(super) value: Node,
}

impl Node {
    /// The value of a key, the last one where a key stands twice.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Kind::Object(members) = &self.kind else {
            return None;
        };
        let member = members.iter().rev().find(|member| member.key == key)?;
        Some(&member.value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one JSON value; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<Node> {
    // What is JSON at all, and how deep it may be, is settled here; the rest only finds places.
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    Finder { text, at: 0 }.value()
}

struct Finder<'a> {
    text: &'a str,
    at: usize,
}

impl Finder<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Node> {
        self.skip_space();
        let start = self.at;
        let kind = match self.peek()? {
            b'{' => Kind::Object(self.members()?),
            b'[' => Kind::List(self.items()?),
            b'"' => Kind::Text(self.string()?),
            byte => {
                let is_in_scalar =
                    |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
                while self.peek().is_some_and(is_in_scalar) {
                    self.at += 1;
                }
                if byte.is_ascii_alphabetic() {
                    Kind::Word
                } else {
                    Kind::Number
                }
            }
        };
        Some(Node {
            span: start..self.at,
            kind,
        })
    }

    fn members(&mut self) -> Option<Vec<Member>> {
        let mut members = Vec::new();
        while self.next_in(b'}')? {
            let start = self.at;
            let key = self.string()?;
            let key_span = start..self.at;
            self.skip_space();
            // The colon.
            self.at += 1;
            members.push(Member {
                key_span,
                key,
                value: self.value()?,
            });
        }
        Some(members)
    }

    fn items(&mut self) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        while self.next_in(b']')? {
            items.push(self.value()?);
        }
        Some(items)
    }

    /// Moves to the next element; `false` after the bracket that ends the list or object.
    fn next_in(&mut self, end: u8) -> Option<bool> {
        // The opening bracket, or the comma.
        if self.peek()? != end {
            self.at += 1;
        }
        self.skip_space();
        if self.peek()? == b',' {
            self.at += 1;
            self.skip_space();
        }
        if self.peek()? == end {
            self.at += 1;
            return Some(false);
        }
        Some(true)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut is_escaped = false;
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => break,
                _ => {}
            }
        }
        serde_json::from_str(&self.text[start..self.at]).ok()
    }
}

/// Replacements in one text, collected in any order.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts `new` in the place of the string literal at `span` of `text`, which says `old`.
    pub(super) fn string(&mut self, text: &str, span: &Range<usize>, old: &str, new: &str) {
        if old != new {
            let literal = literal_like(&text[span.clone()], old, new);
            self.0.push((span.clone(), literal));
        }
    }

    /// Puts `new`, which is JSON, in the place of what stands at `span`.
    pub(super) fn raw(&mut self, span: &Range<usize>, new: String) {
        self.0.push((span.clone(), new));
    }

    /// The text with the replacements made.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(span, _)| span.start);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (span, new) in self.0 {
            out.push_str(&text[at..span.start]);
            out.push_str(&new);
            at = span.end;
        }
        out.push_str(&text[at..]);
        out
    }
}

/// `new` as a string literal, with the escapes of the old one where they say the same.
fn literal_like(literal: &str, old: &str, new: &str) -> String {
    let inner = &literal[1..literal.len() - 1];
    let is_escaped = inner.contains("\\u");
    let is_same_length = old.chars().count() == new.chars().count();
    let mut units = Units(if is_same_length { inner } else { "" });
    let mut olds = old.chars();
    let mut out = String::from("\"");
    for new in new.chars() {
        match units.next() {
            Some(unit) if olds.next() == Some(new) => out.push_str(unit),
            _ => push_character(&mut out, new, is_escaped),
        }
    }
    out.push('"');
    out
}

fn push_character(out: &mut String, character: char, is_escaped: bool) {
    use std::fmt::Write as _;
    match character {
        '"' | '\\' => {
            out.push('\\');
            out.push(character);
        }
        _ if character < ' ' || (is_escaped && !character.is_ascii()) => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        _ => out.push(character),
    }
}

/// The characters of a string literal as they are written.
struct Units<'a>(&'a str);

impl<'a> Iterator for Units<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let first = self.0.chars().next()?;
        let length = match (first, self.0.as_bytes().get(1)) {
            ('\\', Some(b'u')) => {
                let code = u16::from_str_radix(self.0.get(2..6)?, 16).ok()?;
                // The first half of a pair is followed by the second.
                if (0xd800..0xdc00).contains(&code) {
                    12
                } else {
                    6
                }
            }
            ('\\', _) => 2,
            _ => first.len_utf8(),
        };
        let (unit, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::{Edits, Kind, Node, parse};

    fn masked(text: &str) -> String {
        fn visit(text: &str, node: &Node, edits: &mut Edits) {
            match &node.kind {
                Kind::Object(members) => {
                    for member in members {
                        edits.string(text, &member.key_span, &member.key, "k");
                        visit(text, &member.value, edits);
                    }
                }
                Kind::List(items) => items.iter().for_each(|item| visit(text, item, edits)),
                Kind::Text(old) => {
                    let new: String = old
                        .chars()
                        .map(|it| match it {
                            'a'..='z' => 'x',
                            'é' => '字',
                            other => other,
                        })
                        .collect();
                    edits.string(text, &node.span, old, &new);
                }
                Kind::Number => edits.raw(&node.span, "0".into()),
                Kind::Word => {}
            }
        }
        let mut edits = Edits::default();
        visit(text, &parse(text).unwrap(), &mut edits);
        edits.apply(text)
    }

    #[test]
    fn only_what_is_replaced_changes() {
        assert_eq!(
            masked(r#" { "p" :"ab\n\u00e9\ud83d\ude00\/", "c": [ -1.5e3,true , null,{},[] ]}  "#),
            r#" { "k" :"xx\n\u5b57\ud83d\ude00\/", "k": [ 0,true , null,{},[] ]}  "#
        );
        assert_eq!(masked("\"é\""), "\"字\"");
        assert_eq!(masked("[]"), "[]");
        assert_eq!(masked("[ [1,2] ,3]"), "[ [0,0] ,0]");
    }

    #[test]
    fn what_is_not_json_is_nothing() {
        for text in [
            "",
            "[DONE]",
            "{\"a\":}",
            "2023-04-01",
            "{} {}",
            "\"\\ud83d\"",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
