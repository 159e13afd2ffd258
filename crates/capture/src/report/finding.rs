//! What was found in a capture so far: names that are known, and names that are not, each with
//! a place to look at.
//!
//! Called by the other files of `report`.

use std::collections::BTreeMap;

use serde::Serialize;

/// Different names of one kind beyond this are counted as one.
const MAX_NAMES: usize = 200;

/// Stands for the names beyond.
const OTHERS: &str = "(others)";

/// A name that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is the name of: `event_type`, `operation`, `key`, …
    pub kind: &'static str,
    /// Of a key: the kind of object that has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The name.
    pub name: String,
    /// How often it was seen.
    pub count: usize,
    /// A file, and where in it.
    pub example: String,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    file: String,
    unknown: BTreeMap<(&'static str, String, String), (usize, String)>,
    understood: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

impl Findings {
    /// What follows was found in this file.
    pub(super) fn enter(&mut self, file: &str) {
        file.clone_into(&mut self.file);
    }

    /// Notes a name, known or not; an absent one is none.
    pub(super) fn name(&mut self, kind: &'static str, name: &str, is_known: bool, place: &str) {
        if name.is_empty() {
            return;
        }
        if is_known {
            let names = self.understood.entry(kind).or_default();
            *names.entry(name.to_owned()).or_default() += 1;
        } else {
            self.unknown(kind, "", name, place);
        }
    }

    /// Notes a key that its kind of object does not have.
    pub(super) fn key(&mut self, object: &str, key: &str, place: &str) {
        self.unknown("key", object, key, place);
    }

    /// Notes something that is looked into.
    pub(super) fn seen(&mut self, kind: &'static str, name: &str) {
        self.name(kind, name, true, "");
    }

    fn unknown(&mut self, kind: &'static str, object: &str, name: &str, place: &str) {
        let mut key = (kind, object.to_owned(), name.to_owned());
        if self.unknown.len() >= MAX_NAMES && !self.unknown.contains_key(&key) {
            key = (kind, String::new(), OTHERS.to_owned());
        }
        let example = || format!("{} {place}", self.file).trim_end().to_owned();
        let (count, _) = self.unknown.entry(key).or_insert_with(|| (0, example()));
        *count += 1;
    }

    /// Everything, in the order of kinds and names.
    pub(super) fn settle(
        self,
    ) -> (
        Vec<Finding>,
        BTreeMap<&'static str, BTreeMap<String, usize>>,
    ) {
        let unknown = self.unknown.into_iter();
        let unknown = unknown.map(|((kind, object, name), (count, example))| Finding {
            kind,
            object,
            name,
            count,
            example,
        });
        (unknown.collect(), self.understood)
    }
}
