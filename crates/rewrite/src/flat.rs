//! Loader data as the router streams it: values in a flat table, objects made of indexes.
//!
//! A line is an array of values, or `P<n>:` and such an array; the indexes go on from line to
//! line. An object `{"_5":6}` has value 5 as its key and value 6 under it, and equal values are
//! stored once. Nothing is renumbered: values are replaced where they stand, or added at the
//! very end. Used for `enqueue` scripts and for `.data` bodies.

mod table;

use std::collections::HashMap;

use crate::json::{self, Members};
use crate::patch::{Action, Kind, Patcher};
use crate::rules::Holds;

use table::{Table, members};

/// The patched lines, one for each line of `stream`; `None` when there is nothing to patch.
pub(crate) fn patch(stream: &str, patcher: &mut Patcher<'_>) -> Option<Vec<String>> {
    let (lines, mut table) = table::read(stream)?;
    let meanings = meanings(&table, patcher);
    let mut is_changed = false;
    for index in 0..table.values.len() {
        let holds = meanings.get(&index).copied().unwrap_or(Holds::Session);
        is_changed |= patch_object(&mut table, index, holds, patcher);
    }
    is_changed.then(|| table::write(&lines, &table))
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
                    patcher.action(&key, Holds::Session, Kind::Other)
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
            Some(at) if at == value => Member::Changed,
            Some(at) => Member::At(at),
            None => {
                patcher.counts = before;
                Member::Same
            }
        },
    }
}

#[cfg(test)]
mod tests;
