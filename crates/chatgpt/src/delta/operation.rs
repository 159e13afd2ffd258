//! The operations of the delta encoding on one JSON document.
//!
//! Pure functions; the state that carries over between events is `delta`'s.

use serde_json::Value;

use super::{CONTENT, DeltaError};

/// What to do at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Replace,
    Remove,
    Append,
    Patch,
    Truncate,
    Unknown,
}

impl Operation {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "add" => Self::Add,
            "replace" => Self::Replace,
            "remove" => Self::Remove,
            "append" => Self::Append,
            "patch" => Self::Patch,
            "truncate" => Self::Truncate,
            _ => Self::Unknown,
        }
    }
}

/// The one text of a message, if `path` is where such texts are.
pub(super) fn text_at<'a>(document: &'a mut Value, path: &str) -> Option<&'a mut String> {
    let content = document.get_mut("message")?.get_mut("content")?;
    let place = match path {
        "/message/content/parts/0" => {
            let parts = content.get_mut("parts")?.as_array_mut()?;
            match parts.as_mut_slice() {
                [only] => only,
                _ => return None,
            }
        }
        "/message/content/text" => content.get_mut("text")?,
        _ => return None,
    };
    match place {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Does `operation` at `path`; the error names the place that is not there. An operation
/// inside a patch that nobody knows is named in `unknown`.
pub(super) fn apply(
    document: &mut Value,
    path: &str,
    operation: Operation,
    value: Value,
    unknown: &mut Option<String>,
) -> Result<(), DeltaError> {
    match operation {
        Operation::Patch => patch(document, path, value, unknown),
        _ => change(document, path, operation, value)
            .ok_or_else(|| DeltaError::NoSuchPlace(path.to_owned())),
    }
}

/// Makes all changes that have a place; the error names the first of the others, or the
/// first in the content, where a change that is missing is a piece of the answer.
fn patch(
    document: &mut Value,
    outer: &str,
    items: Value,
    unknown: &mut Option<String>,
) -> Result<(), DeltaError> {
    let Value::Array(items) = items else {
        return Err(DeltaError::NoSuchPlace(outer.to_owned()));
    };
    let mut missing: Vec<String> = Vec::new();
    for mut item in items {
        let inner = item.get("p").and_then(Value::as_str).unwrap_or_default();
        let path = format!("{outer}{inner}");
        let name = item.get("o").and_then(Value::as_str).unwrap_or_default();
        let operation = Operation::named(name);
        if operation == Operation::Unknown {
            *unknown = Some(name.to_owned());
        }
        let value = item.get_mut("v").map(Value::take).unwrap_or_default();
        if change(document, &path, operation, value).is_none() {
            missing.push(path);
        }
    }
    let in_content = missing.iter().position(|path| path.starts_with(CONTENT));
    if missing.is_empty() {
        return Ok(());
    }
    let worst = missing.swap_remove(in_content.unwrap_or(0));
    Err(DeltaError::NoSuchPlace(worst))
}

/// One change; `None` when the place is not there, or is of another kind.
fn change(document: &mut Value, path: &str, operation: Operation, value: Value) -> Option<()> {
    match operation {
        Operation::Unknown => Some(()),
        // A patch holds no patches.
        Operation::Patch => None,
        Operation::Add | Operation::Replace if path.is_empty() => {
            *document = value;
            Some(())
        }
        Operation::Add | Operation::Replace => set(document, path, value),
        Operation::Remove => remove(document, path),
        Operation::Append => match document.pointer_mut(path) {
            Some(target) => append(target, value),
            None => set(document, path, value),
        },
        Operation::Truncate => truncate(document.pointer_mut(path)?, &value),
    }
}

/// The parent of `path` and the last segment, unescaped.
fn parent<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    let parent = document.pointer_mut(parent)?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn set(document: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, key) = parent(document, path)?;
    match parent {
        Value::Object(fields) => {
            fields.insert(key, value);
        }
        Value::Array(items) => {
            let index: usize = key.parse().ok()?;
            if index == items.len() {
                items.push(value);
            } else {
                *items.get_mut(index)? = value;
            }
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<()> {
    let (parent, key) = parent(document, path)?;
    match parent {
        Value::Object(fields) => {
            fields.remove(&key);
        }
        Value::Array(items) => {
            let index: usize = key.parse().ok()?;
            if index < items.len() {
                items.remove(index);
            }
        }
        _ => return None,
    }
    Some(())
}

fn append(target: &mut Value, value: Value) -> Option<()> {
    match (target, value) {
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (Value::Array(items), more) => items.push(more),
        (Value::Object(fields), Value::Object(more)) => fields.extend(more),
        (target @ Value::Null, more) => *target = more,
        _ => return None,
    }
    Some(())
}

fn truncate(target: &mut Value, length: &Value) -> Option<()> {
    let length = usize::try_from(length.as_u64()?).ok()?;
    match target {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(length) {
                text.truncate(end);
            }
        }
        Value::Array(items) => items.truncate(length),
        _ => return None,
    }
    Some(())
}
