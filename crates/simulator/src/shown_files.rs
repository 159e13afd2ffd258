//! The files a turn shows anywhere in its stream: pictures, plots of programs, previews that are
//! replaced later. Upstream serves all of them to the account that saw them. Used when a turn is
//! stored.

use std::collections::HashSet;

use serde_json::Value;

use crate::timeline::{Op, Step, Timeline};

/// What stands before an id in a pointer.
const SCHEMES: [&str; 2] = ["file-service://", "sediment://"];

/// The ids of all files that a timeline points to.
pub(crate) fn of_timeline(timeline: &Timeline) -> HashSet<String> {
    let mut found = HashSet::new();
    for step in &timeline.steps {
        match step {
            Step::Begin(message) | Step::Snapshot(message) | Step::Failure { message, .. } => {
                collect(message, &mut found);
            }
            Step::Change(op) | Step::Earlier(_, op) => of_change(op, &mut found),
            Step::Patch(ops) => ops.iter().for_each(|op| of_change(op, &mut found)),
            Step::Side(_) => {}
        }
    }
    found
}

fn of_change(op: &Op, found: &mut HashSet<String>) {
    if let Some(value) = &op.value {
        collect(value, found);
    }
}

fn collect(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::String(text) => {
            let id = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
            found.extend(id.map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}
