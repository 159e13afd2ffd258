//! The items of an answer, and how much of each was told.

use serde_json::Value;

/// More items than any answer has.
const MAX_ITEMS: usize = 4096;

/// The items so far, in the order they came up.
#[derive(Debug, Default)]
pub(super) struct Items {
    all: Vec<Item>,
    /// How many of them are calls of the caller's tools.
    pub(super) calls: usize,
    /// The message whose text was told last.
    pub(super) speaking: Option<usize>,
}

/// One item.
#[derive(Debug, Default)]
pub(super) struct Item {
    index: Option<u64>,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) is_done: bool,
    parts: Vec<Part>,
    /// Which call of the answer it is.
    pub(super) call: Option<usize>,
    /// How much of a call's input was told, in bytes.
    pub(super) input_bytes: usize,
}

/// A part of an item's text.
#[derive(Debug)]
pub(super) struct Part {
    kind: PartKind,
    index: u64,
    /// How much of it was told, in bytes.
    pub(super) bytes: usize,
    /// Where it begins in the answer, in characters.
    pub(super) start: usize,
    /// The sources that were told.
    pub(super) cited: Vec<(usize, usize, String)>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    Text,
    Refusal,
    Summary,
    Reasoning,
}

impl Items {
    /// The item at `index`, or else the one of that id, made if it is new.
    pub(super) fn find(&mut self, index: Option<u64>, id: &str) -> usize {
        let mut all = self.all.iter();
        let found = match index {
            Some(index) => all.position(|item| item.index == Some(index)),
            None => all.position(|item| item.id == id),
        };
        found.unwrap_or_else(|| self.add(index, id))
    }

    /// The item that one of a finished answer is, by its id or else by its place.
    pub(super) fn find_finished(&mut self, place: u64, item: &Value) -> usize {
        let id = item["id"].as_str().unwrap_or_default();
        let kind = item["type"].as_str().unwrap_or_default();
        let is_same = |known: &Item| !id.is_empty() && known.id == id;
        let is_there = |known: &Item| {
            let is_kind = known.kind.is_empty() || known.kind == kind;
            known.index == Some(place) && is_kind
        };
        let by_id = self.all.iter().position(is_same);
        let found = by_id.or_else(|| self.all.iter().position(is_there));
        // The place is another's: it is counted by nobody.
        found.unwrap_or_else(|| self.add(None, id))
    }

    pub(super) fn get(&mut self, at: usize) -> &mut Item {
        &mut self.all[at]
    }

    fn add(&mut self, index: Option<u64>, id: &str) -> usize {
        if self.all.len() >= MAX_ITEMS {
            return MAX_ITEMS - 1;
        }
        self.all.push(Item {
            index,
            id: id.to_owned(),
            ..Item::default()
        });
        self.all.len() - 1
    }
}

impl Item {
    /// The part, made at `start` if it is new; whether it is.
    pub(super) fn part(&mut self, kind: PartKind, index: u64, start: usize) -> (&mut Part, bool) {
        let is_it = |part: &Part| part.kind == kind && part.index == index;
        let known = self.parts.iter().position(is_it);
        let at = known.unwrap_or(self.parts.len());
        if known.is_none() {
            self.parts.push(Part {
                kind,
                index,
                bytes: 0,
                start,
                cited: Vec::new(),
            });
        }
        (&mut self.parts[at], known.is_none())
    }

    /// Whether anything of this kind was told.
    pub(super) fn has(&self, kind: PartKind) -> bool {
        self.parts.iter().any(|part| part.kind == kind)
    }
}
