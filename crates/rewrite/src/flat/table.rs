//! The values of a stream: read from its lines, exchanged, and written again.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::json::{self, Members};

/// What stands for null; other negative indexes stand for things that no key here has.
const NULL: i64 = -5;

/// A line of the stream.
pub(super) struct Line<'a> {
    /// `P<n>:` or nothing.
    label: &'a str,
    /// How many values of the table are its own; `None` when it holds none.
    values: Option<usize>,
    /// The line as it is.
    text: &'a str,
    /// Its end of line.
    end: &'a str,
}

/// The values of all lines.
pub(super) struct Table<'a> {
    pub(super) values: Vec<Slot<'a>>,
    /// What was added behind the last line.
    added: Vec<String>,
    /// The line that values may be added to.
    last_line: usize,
    /// How often each value is pointed to.
    references: HashMap<usize, usize>,
    /// The values that are the names of keys.
    names: HashSet<usize>,
}

/// One value.
pub(super) struct Slot<'a> {
    /// As it came.
    pub(super) old: &'a str,
    /// As it goes, if otherwise.
    pub(super) new: Option<String>,
    /// The number of its line.
    pub(super) line: usize,
}

/// Reads a stream; `None` when no line of it holds values.
pub(super) fn read(stream: &str) -> Option<(Vec<Line<'_>>, Table<'_>)> {
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

/// The lines, with what was changed.
pub(super) fn write(lines: &[Line<'_>], table: &Table<'_>) -> Vec<String> {
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
pub(super) fn members(raw: &str) -> Vec<(String, i64)> {
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
    pub(super) fn key(&self, key: &str) -> Option<String> {
        let index: usize = key.strip_prefix('_')?.parse().ok()?;
        json::as_text(self.values.get(index)?.old)
    }

    /// The value at an index, as it came.
    pub(super) fn raw(&self, index: i64) -> Option<&str> {
        match usize::try_from(index) {
            Ok(index) => self.values.get(index).map(|slot| slot.old),
            Err(_) => (index == NULL).then_some("null"),
        }
    }

    /// Replaces a value wherever it is pointed to from, unless it is the name of a key. Objects
    /// and lists are left to their own keys.
    pub(super) fn overwrite(&mut self, index: i64, new: String) -> bool {
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

    /// Where `with` is to be found from an object in `line`, in place of the value at `index`;
    /// `None` when it cannot be put anywhere.
    pub(super) fn place(
        &mut self,
        index: i64,
        with: &Value,
        is_telling: bool,
        line: usize,
    ) -> Option<i64> {
        let new = with.to_string();
        let is_alone = usize::try_from(index)
            .is_ok_and(|index| self.references.get(&index).is_none_or(|count| *count < 2));
        if (is_telling || is_alone) && self.overwrite(index, new.clone()) {
            return Some(index);
        }
        if with.is_null() {
            return Some(NULL);
        }
        let is_same = |slot: &Slot<'_>| slot.new.as_deref().unwrap_or(slot.old) == new;
        let mut known = self.values.iter();
        if let Some(known) = known.position(|slot| slot.line <= line && is_same(slot)) {
            // It is shared from now on.
            *self.references.entry(known).or_default() += 1;
            return i64::try_from(known).ok();
        }
        if line == self.last_line {
            let end = self.values.len() + self.added.len();
            self.added.push(new);
            return i64::try_from(end).ok();
        }
        // The value is shared, and a later line could not be pointed to.
        self.overwrite(index, new).then_some(index)
    }
}
