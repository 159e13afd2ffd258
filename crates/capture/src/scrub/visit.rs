//! The walk through one JSON text: every string, key and number in turn, with its place.
//!
//! What becomes of a string is `policy`'s and `scrub`'s to say; here is decided what becomes of
//! numbers. Called by `scrub` and by `stream`.

use super::Scrubber;
use super::json_text::{Edits, Kind, Node};
use super::policy::{self, Policy};
use crate::known_keys;

/// Numbers of more digits stay only at places that are known to hold them.
pub(super) const MAX_PLAIN_DIGITS: usize = 6;

/// Objects whose keys are ids.
const MAPS: [&str; 2] = ["accounts", "mapping"];

/// One walk through a JSON text.
pub(super) struct Visit<'a> {
    pub(super) scrubber: &'a Scrubber,
    pub(super) text: &'a str,
    pub(super) edits: &'a mut Edits,
    /// What becomes of texts, which a stream sends in pieces.
    pub(super) written: &'a mut dyn FnMut(&[String], &str) -> String,
}

impl Visit<'_> {
    pub(super) fn value(&mut self, node: &Node, place: &mut Vec<String>) {
        match &node.kind {
            Kind::Object(members) => {
                let is_map = place.last().is_some_and(|key| MAPS.contains(&key.as_str()));
                for member in members {
                    let key = if is_map {
                        self.scrubber.id(&member.key)
                    } else {
                        self.scrubber.key(&member.key)
                    };
                    self.edits
                        .string(self.text, &member.key_span, &member.key, &key);
                    place.push(member.key.clone());
                    self.value(&member.value, place);
                    place.pop();
                }
            }
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    place.push(index.to_string());
                    self.value(item, place);
                    place.pop();
                }
            }
            Kind::Text(old) => {
                let new = match policy::of(place) {
                    Policy::Text => (self.written)(place, old),
                    policy => self.scrubber.string(policy, old),
                };
                self.edits.string(self.text, &node.span, old, &new);
            }
            Kind::Number => self.number(node, place),
            Kind::Word => {}
        }
    }

    fn number(&mut self, node: &Node, place: &[String]) {
        let text = &self.text[node.span.clone()];
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let key = place.iter().rev().find(|part| !policy::is_index(part));
        let is_due = key.is_some_and(|key| known_keys::is_known(key))
            && matches!(
                policy::of(place),
                Policy::Unknown | Policy::Time | Policy::Word
            );
        if policy::is_personal(place) || (digits > MAX_PLAIN_DIGITS && !is_due) {
            let new = rounded(text);
            if new != text {
                self.edits.raw(&node.span, new);
            }
        }
    }
}

/// A number of the same form that says nothing.
fn rounded(number: &str) -> String {
    let mut is_first = true;
    let digit = |byte: char| {
        if !byte.is_ascii_digit() {
            return byte;
        }
        // A number does not begin with zeros.
        let digit = if is_first && byte != '0' { '1' } else { '0' };
        is_first = false;
        digit
    };
    number.chars().map(digit).collect()
}
