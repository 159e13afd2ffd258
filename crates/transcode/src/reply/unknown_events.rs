//! Names nobody knows, gathered while an answer is read. Bounded, because upstream chooses them.
//!
//! Used by the readers of `OpenAI`'s own protocols.

use chatgpt::known::{Unknown, UnknownKind};

/// More different names are not told apart.
const MAX_NAMES: usize = 64;

/// Longer names are not told.
const MAX_NAME_BYTES: usize = 64;

/// The names of one answer.
#[derive(Debug, Default)]
pub(super) struct UnknownEvents {
    seen: Vec<Unknown>,
    handed_out: usize,
}

impl UnknownEvents {
    /// Takes note of a name that is not known.
    pub(super) fn note(&mut self, kind: UnknownKind, name: &str) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        let is_fit = name.len() <= MAX_NAME_BYTES && name.bytes().all(is_plain);
        let name = if is_fit { name } else { "other" };
        let is_seen = self
            .seen
            .iter()
            .any(|it| it.kind == kind && it.name == name);
        if !name.is_empty() && !is_seen && self.seen.len() < MAX_NAMES {
            self.seen.push(Unknown {
                kind,
                name: name.to_owned(),
            });
        }
    }

    /// Hands out the names that are new.
    pub(super) fn take(&mut self) -> Vec<Unknown> {
        let from = std::mem::replace(&mut self.handed_out, self.seen.len());
        self.seen[from..].to_vec()
    }
}
