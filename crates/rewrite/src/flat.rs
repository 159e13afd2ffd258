//! Loader data as the router streams it: values in a flat table, objects made of indexes.
//!
//! A line is an array of values, or `P<n>:` and such an array; the indexes go on from line to
//! line. An object `{"_5":6}` has value 5 as its key and value 6 under it, and equal values are
//! stored once. Nothing is renumbered: values are replaced where they stand, or added at the
//! very end. Used for `enqueue` scripts and for `.data` bodies.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::json::{self, Members};
use crate::patch::{Action, Patcher};
use crate::rules::Holds;

/// What stands for null; other negative indexes stand for things that no key here has.
const NULL: i64 = -5;

/// A line of the stream.
struct Line<'a> {
    /// `P<n>:` or nothing.
    label: &'a str,
    /// How many values of the table are its own; `None` when it holds none.
    values: Option<usize>,
    /// The line as it is.
    text: &'a str,
    /// Its end of line.
    end: &'a str,
}

struct Table<'a> {
    values: Vec<Slot<'a>>,
    /// What was added behind the last line.
    added: Vec<String>,
    /// The line that values may be added to.
    last_line: usize,
    /// How often each value is pointed to.
    references: HashMap<usize, usize>,
    /// The values that are the names of keys.
    names: HashSet<usize>,
}

struct Slot<'a> {
    old: &'a str,
    new: Option<String>,
    line: usize,
}

/// The patched lines, one for each line of `stream`; `None` when there is nothing to patch.
pub(crate) fn patch(stream: &str, patcher: &mut Patcher<'_>) -> Option<Vec<String>> {
    let (lines, mut table) = read(stream)?;
    let meanings = meanings(&table, patcher);
    let mut is_changed = false;
    for index in 0..table.values.len() {
        let holds = meanings.get(&index).copied().unwrap_or(Holds::Session);
        is_changed |= patch_object(&mut table, index, holds, patcher);
    }
    is_changed.then(|| write(&lines, &table))
}

fn read(stream: &str) -> Option<(Vec<Line<'_>>, Table<'_>)> {
    let mut lines = Vec::new();
    let mut values = Vec::new();
    let mut last_line = None;
    for (number, whole) in stream.split_inclusive('\n').enumerate() {
        let text = whole.trim_end_matches(['\r', '\n']);
        let (label, array) = text.split_at(text.find('[').unwrap_or(0));
        let elements = is_label(label).then(|| json::elements(array)).flatten();
        let own = elements.map(|elements| {
            last_line = Some(number);
            values.extend(elements.iter().map(|old| Slot {
                old,
                new: None,
                line: number,
            }));
            elements.len()
        });
        lines.push(Line {
            label,
            values: own,
            text,
            end: whole.get(text.len()..).unwrap_or_default(),
        });
    }
    let (references, names) = references(&values);
    let table = Table {
        values,
        added: Vec::new(),
        last_line: last_line?,
        references,
        names,
    };
    Some((lines, table))
}

fn is_label(label: &str) -> bool {
    let digits = label
        .strip_prefix(['P', 'E'])
        .and_then(|rest| rest.strip_suffix(':'));
    label.is_empty() || digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// How often each value is pointed to, and which are names of keys. What only looks like an
/// index does no harm.
fn references(values: &[Slot<'_>]) -> (HashMap<usize, usize>, HashSet<usize>) {
    let mut counts = HashMap::new();
    let mut names = HashSet::new();
    let mut count = |text: &str| {
        if let Ok(index) = text.parse::<usize>() {
            *counts.entry(index).or_insert(0) += 1;
        }
    };
    for slot in values {
        match slot.old.as_bytes().first() {
            Some(b'{') => {
                for (key, value) in Members::read(slot.old).map(|m| m.0).unwrap_or_default() {
                    count(value);
                    names.extend(
                        key.strip_prefix('_')
                            .and_then(|key| key.parse::<usize>().ok()),
                    );
                }
            }
            Some(b'[') => json::elements(slot.old)
                .unwrap_or_default()
                .into_iter()
                .for_each(&mut count),
            _ => {}
        }
    }
    (counts, names)
}

/// Which objects are users, accounts or sessions, by the keys that lead to them.
fn meanings(table: &Table<'_>, patcher: &mut Patcher<'_>) -> HashMap<usize, Holds> {
    let counts = patcher.counts;
    let mut found = HashMap::new();
    for slot in &table.values {
        for (key, value) in members(slot.old) {
            let Some((key, index)) = table.key(&key).zip(usize::try_from(value).ok()) else {
                continue;
            };
            let is_object = table
                .values
                .get(index)
                .is_some_and(|slot| slot.old.starts_with('{'));
            if is_object
                && let Action::Keep(holds @ (Holds::User | Holds::Account)) =
                    patcher.action(&key, Holds::Session, crate::patch::Kind::Other)
            {
                found.insert(index, holds);
            }
        }
    }
    // Asking is not patching.
    patcher.counts = counts;
    found
}

/// Patches the object at `index`, if it is one.
fn patch_object(
    table: &mut Table<'_>,
    index: usize,
    holds: Holds,
    patcher: &mut Patcher<'_>,
) -> bool {
    let Some(slot) = table.values.get(index) else {
        return false;
    };
    let line = slot.line;
    let old = members(slot.old);
    let mut new = Vec::with_capacity(old.len());
    let mut is_changed = false;
    for (key, value) in &old {
        let become_of = match table.key(key) {
            Some(name) => patch_member(table, &name, *value, (holds, line), patcher),
            None => Member::Same,
        };
        is_changed |= become_of != Member::Same;
        match become_of {
            Member::Gone => {}
            Member::At(index) => new.push((key.as_str(), index.to_string())),
            Member::Same | Member::Changed => new.push((key.as_str(), value.to_string())),
        }
    }
    if is_changed {
        let written = Members::write(new.iter().map(|(key, at)| (*key, at.as_str())));
        if let Some(slot) = table.values.get_mut(index) {
            slot.new = Some(written);
        }
    }
    is_changed
}

/// What became of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Same,
    /// Its value was replaced where it stands.
    Changed,
    /// It points to another value.
    At(i64),
    Gone,
}

fn patch_member(
    table: &mut Table<'_>,
    name: &str,
    value: i64,
    (holds, line): (Holds, usize),
    patcher: &mut Patcher<'_>,
) -> Member {
    let before = patcher.counts;
    let raw = table.raw(value).unwrap_or_default();
    let text = json::as_text(raw);
    match patcher.action(name, holds, json::kind(raw, text.as_deref())) {
        Action::Keep(_) => Member::Same,
        Action::Remove => {
            table.overwrite(value, "\"\"".to_owned());
            Member::Gone
        }
        Action::Nested => {
            let nested = text.and_then(|text| json::patch_nested(&text, patcher, 0));
            if nested.is_some_and(|new| table.overwrite(value, new)) {
                Member::Changed
            } else {
                Member::Same
            }
        }
        // Whole objects are not put into a table.
        Action::Replace { with, .. } if with.is_object() => {
            patcher.counts = before;
            Member::Same
        }
        Action::Replace { with, is_telling } => match table.place(value, &with, is_telling, line) {
            at if at == value => Member::Changed,
            at => Member::At(at),
        },
    }
}

fn write(lines: &[Line<'_>], table: &Table<'_>) -> Vec<String> {
    let mut slots = table.values.iter();
    let mut written = Vec::with_capacity(lines.len());
    for (number, line) in lines.iter().enumerate() {
        let Some(count) = line.values else {
            written.push(format!("{}{}", line.text, line.end));
            continue;
        };
        let own = slots.by_ref().take(count);
        let mut values: Vec<&str> = own
            .map(|slot| slot.new.as_deref().unwrap_or(slot.old))
            .collect();
        if number == table.last_line {
            values.extend(table.added.iter().map(String::as_str));
        }
        written.push(format!("{}[{}]{}", line.label, values.join(","), line.end));
    }
    written
}

/// The members of an object, as key and index; nothing for another value.
fn members(raw: &str) -> Vec<(String, i64)> {
    if !raw.starts_with('{') {
        return Vec::new();
    }
    let read = Members::read(raw)
        .map(|members| members.0)
        .unwrap_or_default();
    let indexes: Option<Vec<_>> = read
        .into_iter()
        .map(|(key, value)| Some((key, value.parse().ok()?)))
        .collect();
    // An object with other values is no object of this form.
    indexes.unwrap_or_default()
}

// === impl Table ===

impl Table<'_> {
    /// The name that a key such as `_5` stands for.
    fn key(&self, key: &str) -> Option<String> {
        let index: usize = key.strip_prefix('_')?.parse().ok()?;
        json::as_text(self.values.get(index)?.old)
    }

    fn raw(&self, index: i64) -> Option<&str> {
        match usize::try_from(index) {
            Ok(index) => self.values.get(index).map(|slot| slot.old),
            Err(_) => (index == NULL).then_some("null"),
        }
    }

    /// Replaces a value wherever it is pointed to from, unless it is the name of a key. Objects
    /// and lists are left to their own keys.
    fn overwrite(&mut self, index: i64, new: String) -> bool {
        let Ok(index) = usize::try_from(index) else {
            return false;
        };
        match self.values.get_mut(index) {
            Some(slot) if !slot.old.starts_with(['{', '[']) && !self.names.contains(&index) => {
                slot.new = Some(new);
                true
            }
            _ => false,
        }
    }

    /// Where `with` is to be found from an object in `line`, in place of the value at `index`.
    fn place(&mut self, index: i64, with: &Value, is_telling: bool, line: usize) -> i64 {
        let new = with.to_string();
        let is_alone = usize::try_from(index)
            .is_ok_and(|index| self.references.get(&index).is_none_or(|count| *count < 2));
        if (is_telling || is_alone) && self.overwrite(index, new.clone()) {
            return index;
        }
        if with.is_null() {
            return NULL;
        }
        let known = self
            .values
            .iter()
            .position(|slot| slot.line <= line && slot.new.as_deref().unwrap_or(slot.old) == new);
        let end = self.values.len() + self.added.len();
        match known {
            Some(known) => {
                // It is shared from now on.
                *self.references.entry(known).or_default() += 1;
                i64::try_from(known).unwrap_or(index)
            }
            None if line == self.last_line => {
                self.added.push(new);
                i64::try_from(end).unwrap_or(index)
            }
            // The value is shared, and a later line could not be pointed to.
            None => {
                self.overwrite(index, new);
                index
            }
        }
    }
}

#[cfg(test)]
mod tests;
