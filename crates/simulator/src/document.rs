//! Applies a timeline's changes to documents: what a reader holds after each step, and what is
//! stored at the end. Made for the simulator alone; readers of its streams have their own.

use serde_json::Value;

use crate::timeline::{Op, Step, Timeline};

/// The final state of every message, in order.
pub(crate) fn final_messages(timeline: &Timeline) -> Vec<Value> {
    let mut documents: Vec<Value> = Vec::new();
    for step in &timeline.steps {
        advance(&mut documents, timeline, step);
    }
    documents
        .into_iter()
        .map(|mut envelope| envelope["message"].take())
        .collect()
}

/// Applies one step; says which document it touched, if any.
pub(crate) fn advance(
    documents: &mut Vec<Value>,
    timeline: &Timeline,
    step: &Step,
) -> Option<usize> {
    if let Step::Begin(message) = step {
        documents.push(timeline.envelope(message));
        return Some(documents.len() - 1);
    }
    let touched = match step {
        Step::Earlier(place, _) => *place,
        _ => documents.len().checked_sub(1)?,
    };
    let document = documents.get_mut(touched)?;
    match step {
        Step::Begin(_) | Step::Side(_) => return None,
        Step::Change(op) | Step::Earlier(_, op) => apply(document, op),
        Step::Patch(ops) => ops.iter().for_each(|op| apply(document, op)),
        Step::Snapshot(message) => *document = timeline.envelope(message),
        Step::Failure { error, code, .. } => {
            document["error"] = Value::from(error.as_str());
            document["error_code"] = Value::from(code.as_str());
        }
    }
    Some(touched)
}

/// Applies one change; one that does not fit, or whose operation is unknown, changes nothing.
fn apply(document: &mut Value, op: &Op) {
    let Some((parent, key)) = op.path.rsplit_once('/') else {
        return;
    };
    let Some(parent) = document.pointer_mut(parent) else {
        return;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match (op.action, &op.value) {
        ("add" | "replace", Some(value)) => set(parent, &key, value.clone()),
        ("remove", _) => remove(parent, &key),
        ("append", Some(value)) => match child(parent, &key) {
            Some(target) => append(target, value),
            None => set(parent, &key, value.clone()),
        },
        ("truncate", Some(length)) => {
            if let (Some(target), Some(length)) = (child(parent, &key), length.as_u64()) {
                truncate(target, usize::try_from(length).unwrap_or(usize::MAX));
            }
        }
        _ => {}
    }
}

fn child<'a>(parent: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match parent {
        Value::Object(members) => members.get_mut(key),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    }
}

fn set(parent: &mut Value, key: &str, value: Value) {
    match parent {
        Value::Object(members) => {
            members.insert(key.to_owned(), value);
        }
        Value::Array(items) => match key.parse::<usize>() {
            Ok(index) if index < items.len() => items[index] = value,
            Ok(index) if index == items.len() => items.push(value),
            _ => {}
        },
        _ => {}
    }
}

fn remove(parent: &mut Value, key: &str) {
    match parent {
        Value::Object(members) => {
            members.remove(key);
        }
        Value::Array(items) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn append(target: &mut Value, value: &Value) {
    match (target, value) {
        (Value::String(text), Value::String(more)) => text.push_str(more),
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (Value::Array(items), single) => items.push(single.clone()),
        (Value::Object(members), Value::Object(more)) => {
            members.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        (other, value) => *other = value.clone(),
    }
}

/// Cuts a text to a number of characters, or a list to a number of items.
fn truncate(target: &mut Value, length: usize) {
    match target {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(length) {
                text.truncate(end);
            }
        }
        Value::Array(items) => items.truncate(length),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(start: Value, op: &Op) -> Value {
        let mut document = start;
        apply(&mut document, op);
        document
    }

    #[test]
    fn append_joins_strings_lists_and_objects() {
        assert_eq!(
            after(json!({"a": "x"}), &Op::append("/a", "y")),
            json!({"a": "xy"})
        );
        let list = Op::new("/a", "append", json!([2, 3]));
        assert_eq!(after(json!({"a": [1]}), &list), json!({"a": [1, 2, 3]}));
        let members = Op::new("/a", "append", json!({"c": 2}));
        assert_eq!(
            after(json!({"a": {"b": 1}}), &members),
            json!({"a": {"b": 1, "c": 2}})
        );
        assert_eq!(after(json!({}), &Op::append("/a", "y")), json!({"a": "y"}));
    }

    #[test]
    fn set_and_remove_reach_into_lists() {
        assert_eq!(
            after(json!({"a": [1, 2]}), &Op::replace("/a/1", 9)),
            json!({"a": [1, 9]})
        );
        assert_eq!(
            after(json!({"a": [1]}), &Op::new("/a/1", "add", json!(2))),
            json!({"a": [1, 2]})
        );
        let gone = Op::remove("/a/0");
        assert_eq!(after(json!({"a": [1, 2]}), &gone), json!({"a": [2]}));
    }

    #[test]
    fn truncate_cuts_texts_and_lists() {
        let cut = |length: u64| Op::new("/a", "truncate", json!(length));
        assert_eq!(after(json!({"a": "né!"}), &cut(2)), json!({"a": "né"}));
        assert_eq!(after(json!({"a": "né!"}), &cut(9)), json!({"a": "né!"}));
        assert_eq!(after(json!({"a": [1, 2]}), &cut(1)), json!({"a": [1]}));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let start = json!({"a": "x"});
        for op in [
            Op::replace("/b/c", 1),
            Op::new("/a", "increment", json!(1)),
            Op::new("", "add", json!(1)),
        ] {
            assert_eq!(after(start.clone(), &op), start);
        }
    }
}
