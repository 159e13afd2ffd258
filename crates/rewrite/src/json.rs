//! JSON text patched by key, and otherwise left as it is written.
//!
//! Values that nothing changes keep their very bytes: the order of their keys, the spelling of
//! their numbers and their escapes. Used for bootstraps, import maps and answers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::patch::{Action, Kind, Patcher};
use crate::rules::Holds;

/// What lies deeper is left to the scrubbing of secrets.
const MAX_DEPTH: usize = 96;

/// The members of one object, in order.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((key, value.get()));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

impl<'a> Members<'a> {
    /// Reads an object; `None` for anything else.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Writes members, some of them changed.
    pub(crate) fn write<'b>(members: impl Iterator<Item = (&'b str, &'b str)>) -> String {
        let mut out = String::from("{");
        for (key, value) in members {
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&Value::from(key).to_string());
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
        out
    }
}

/// The elements of an array; `None` for anything else.
pub(crate) fn elements(text: &str) -> Option<Vec<&str>> {
    let raw: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(raw.into_iter().map(RawValue::get).collect())
}

/// The patched text; `None` when there is nothing to patch, or no JSON.
pub(crate) fn patch(text: &str, holds: Holds, patcher: &mut Patcher<'_>) -> Option<String> {
    value(text.trim(), holds, patcher, 0)
}

/// The same for a bootstrap, whose outermost object gets what it lacks.
pub(crate) fn patch_bootstrap(text: &str, patcher: &mut Patcher<'_>) -> Option<String> {
    let text = text.trim();
    let new = value(text, Holds::Session, patcher, 0);
    let current = new.as_deref().unwrap_or(text);
    let Members(members) = Members::read(current)?;
    let missing = patcher.missing(|names| members.iter().any(|(key, _)| names.contains(key)));
    if missing.is_empty() {
        return new;
    }
    let made: Vec<_> = missing
        .iter()
        .map(|(key, value)| (key.as_str(), value.to_string()))
        .collect();
    let old = members.iter().map(|(key, value)| (key.as_str(), *value));
    let made = made.iter().map(|(key, value)| (*key, value.as_str()));
    Some(Members::write(old.chain(made)))
}

/// Text that holds JSON: the patched JSON as a literal again.
pub(crate) fn patch_nested(text: &str, patcher: &mut Patcher<'_>, depth: usize) -> Option<String> {
    let new = value(text.trim(), Holds::Session, patcher, depth + 1)?;
    Some(Value::from(new).to_string())
}

fn value(text: &str, holds: Holds, patcher: &mut Patcher<'_>, depth: usize) -> Option<String> {
    if depth >= MAX_DEPTH {
        return None;
    }
    match text.as_bytes().first()? {
        b'{' => object(text, holds, patcher, depth),
        b'[' => array(text, patcher, depth),
        _ => None,
    }
}

fn array(text: &str, patcher: &mut Patcher<'_>, depth: usize) -> Option<String> {
    let old = elements(text)?;
    let new: Vec<_> = old
        .iter()
        .map(|element| value(element, Holds::Session, patcher, depth + 1))
        .collect();
    if new.iter().all(Option::is_none) {
        return None;
    }
    let written: Vec<&str> = new
        .iter()
        .zip(old)
        .map(|(new, old)| new.as_deref().unwrap_or(old))
        .collect();
    Some(format!("[{}]", written.join(",")))
}

fn object(text: &str, holds: Holds, patcher: &mut Patcher<'_>, depth: usize) -> Option<String> {
    let Members(members) = Members::read(text)?;
    let mut is_changed = false;
    let mut written: Vec<(&str, std::borrow::Cow<'_, str>)> = Vec::with_capacity(members.len());
    for (key, old) in &members {
        let string = as_text(old);
        let new = match patcher.action(key, holds, kind(old, string.as_deref())) {
            Action::Remove => {
                is_changed = true;
                continue;
            }
            Action::Keep(holds) => value(old, holds, patcher, depth + 1),
            Action::Replace { with, .. } => Some(with.to_string()),
            Action::Nested => string.and_then(|text| patch_nested(&text, patcher, depth)),
        };
        is_changed |= new.is_some();
        written.push((key, new.map_or((*old).into(), Into::into)));
    }
    is_changed.then(|| Members::write(written.iter().map(|(key, value)| (*key, value.as_ref()))))
}

/// The text of a JSON string.
pub(crate) fn as_text(raw: &str) -> Option<String> {
    raw.starts_with('"')
        .then(|| serde_json::from_str(raw).ok())
        .flatten()
}

/// What kind of value `raw` is; `text` is what `as_text` said of it.
pub(crate) fn kind<'a>(raw: &str, text: Option<&'a str>) -> Kind<'a> {
    match (text, raw) {
        (Some(text), _) => Kind::Text(text),
        (None, "null") => Kind::Null,
        (None, "true" | "false") => Kind::Bool,
        (None, "{}") => Kind::Empty,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests;
