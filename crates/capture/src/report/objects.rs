//! Walks through an object of a known kind: its keys against the table, its enumerations against
//! theirs, and the objects inside it likewise.
//!
//! Called by `answers` and by `stream`.

use chatgpt::known::UnknownKind;
use serde_json::{Map, Value};

use super::finding::Findings;
use super::names;
use crate::known_keys::{self, Holds};

/// Looks through `value`, which is an object of `kind` or a list of such.
pub(super) fn look_through(value: &Value, kind: &str, place: &str, findings: &mut Findings) {
    match value {
        Value::Object(members) if kind == "content" => content(members, place, findings),
        Value::Object(members) => object(members, kind, place, findings),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look_through(item, kind, &format!("{place}/{index}"), findings);
            }
        }
        _ => {}
    }
}

/// A content, or an object in `parts`: what it holds depends on its type.
fn content(members: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let content_type = text(members, "content_type");
    let type_place = format!("{place}/content_type");
    names::note(
        findings,
        UnknownKind::ContentType,
        content_type,
        &type_place,
    );
    object(members, &format!("content:{content_type}"), place, findings);
}

fn object(members: &Map<String, Value>, kind: &str, place: &str, findings: &mut Findings) {
    let Some(keys) = known_keys::of(kind) else {
        return;
    };
    for (key, value) in members {
        let place = format!("{place}/{key}");
        match keys.get(key.as_str()) {
            None => findings.key(kind, key, &place),
            Some(Holds::Anything) => {}
            Some(Holds::Kind(kind)) => look_through(value, kind, &place, findings),
            Some(Holds::MapOf(kind)) => {
                for (id, value) in value.as_object().into_iter().flatten() {
                    look_through(value, kind, &format!("{place}/{id}"), findings);
                }
            }
        }
    }
    enumerations(members, kind, place, findings);
}

/// The values of an object's enumerations.
fn enumerations(members: &Map<String, Value>, kind: &str, place: &str, findings: &mut Findings) {
    let text = |key| text(members, key);
    match kind {
        "message" => {
            let place = |key| format!("{place}/{key}");
            names::note(
                findings,
                UnknownKind::Status,
                text("status"),
                &place("status"),
            );
            names::note_recipient(findings, text("recipient"), &place("recipient"));
            names::note_channel(findings, text("channel"), &place("channel"));
        }
        "author" => {
            names::note_role(findings, text("role"), &format!("{place}/role"));
            if text("role") == "tool" {
                names::note_recipient(findings, text("name"), &format!("{place}/name"));
            }
        }
        "reference" => {
            let place = format!("{place}/type");
            names::note(findings, UnknownKind::ReferenceType, text("type"), &place);
        }
        "event:message_marker" => {
            names::note_marker(findings, text("marker"), &format!("{place}/marker"));
        }
        _ => {}
    }
}

fn text<'a>(members: &'a Map<String, Value>, key: &str) -> &'a str {
    members.get(key).and_then(Value::as_str).unwrap_or_default()
}
