//! The keys this protocol is known to have, by kind of object, and what answer a route gives.
//!
//! The tables are data, in the folder of the same name; a key outside them is a sign that
//! upstream has changed. Used by `report`, and by `scrub` to tell protocol words from others.

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLES: [&str; 5] = [
    include_str!("known_keys/message.txt"),
    include_str!("known_keys/content.txt"),
    include_str!("known_keys/metadata.txt"),
    include_str!("known_keys/events.txt"),
    include_str!("known_keys/answers.txt"),
];

/// What a known key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Nothing that is looked into.
    Anything,
    /// An object of this kind, or a list of them.
    Kind(&'static str),
    /// A map from ids to objects of this kind.
    MapOf(&'static str),
}

type Keys = HashMap<&'static str, Holds>;

static KINDS: LazyLock<HashMap<&'static str, Keys>> = LazyLock::new(|| {
    let mut kinds: HashMap<&'static str, Keys> = HashMap::new();
    let mut current = "";
    for line in TABLES.iter().flat_map(|table| table.lines()) {
        if line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            current = name.trim_end_matches(']');
            kinds.entry(current).or_default();
            continue;
        }
        let keys = kinds.entry(current).or_default();
        keys.extend(line.split_whitespace().map(entry));
    }
    kinds
});

fn entry(text: &'static str) -> (&'static str, Holds) {
    match text.split_once('>') {
        None => (text, Holds::Anything),
        Some((key, kind)) => match kind.strip_prefix('*') {
            Some(kind) => (key, Holds::MapOf(kind)),
            None => (key, Holds::Kind(kind)),
        },
    }
}

/// The keys of a kind of object; `None` for a kind nobody knows.
pub(crate) fn of(kind: &str) -> Option<&'static Keys> {
    KINDS.get(kind)
}

/// Whether any kind of object has this key.
pub(crate) fn is_known(key: &str) -> bool {
    KINDS.values().any(|keys| keys.contains_key(key))
}

/// All keys of all kinds.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    KINDS.values().flat_map(|keys| keys.keys().copied())
}

/// The kind of the JSON a route answers with, by method and path template.
const ANSWERS: &[(&str, &str, &str)] = &[
    (
        "POST",
        "/backend-api/sentinel/chat-requirements",
        "requirements",
    ),
    (
        "POST",
        "/backend-api/sentinel/chat-requirements/prepare",
        "requirements",
    ),
    (
        "POST",
        "/backend-api/sentinel/chat-requirements/finalize",
        "requirements",
    ),
    ("POST", "/backend-api/f/conversation/prepare", "conduit"),
    ("GET", "/backend-api/models", "catalogue"),
    ("POST", "/backend-api/files", "file_created"),
    ("POST", "/backend-api/files/{id}/uploaded", "file_uploaded"),
    ("GET", "/backend-api/files/{id}", "file"),
    ("GET", "/backend-api/files/{id}/download", "file_download"),
    ("GET", "/backend-api/files/download/{id}", "file_download"),
    (
        "GET",
        "/backend-api/conversation/{id}/attachment/{id}/download",
        "file_download",
    ),
    (
        "GET",
        "/backend-api/conversation/{id}/interpreter/download",
        "file_download",
    ),
    ("GET", "/backend-api/conversation/{id}", "conversation"),
    (
        "PATCH",
        "/backend-api/conversation/{id}",
        "conversation_changed",
    ),
    (
        "GET",
        "/backend-api/conversation/{id}/stream_status",
        "stream_status",
    ),
    (
        "POST",
        "/backend-api/conversation/gen_title/{id}",
        "generated_title",
    ),
    (
        "POST",
        "/backend-api/conversation/init",
        "conversation_init",
    ),
    ("GET", "/backend-api/conversations", "conversation_list"),
    ("GET", "/backend-api/gizmos/bootstrap", "gizmo_bootstrap"),
    (
        "GET",
        "/backend-api/gizmos/snorlax/sidebar",
        "gizmo_sidebar",
    ),
    ("POST", "/backend-api/transcribe", "transcript"),
    ("GET", "/backend-api/me", "user"),
    (
        "GET",
        "/backend-api/accounts/check/v4-2023-04-27",
        "accounts",
    ),
];

/// The kind of the JSON that is answered to `method` on `template`, where it is known.
pub(crate) fn answer_kind(method: &str, template: &str) -> Option<&'static str> {
    ANSWERS
        .iter()
        .find(|(of, path, _)| *of == method && *path == template)
        .map(|(_, _, kind)| *kind)
}

/// Every word that appears in the path of a known route.
pub(crate) fn path_words() -> impl Iterator<Item = &'static str> {
    ANSWERS.iter().flat_map(|(_, path, _)| path.split('/'))
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, Holds, KINDS, of};

    #[test]
    fn every_kind_that_is_named_has_a_table() {
        for (kind, keys) in KINDS.iter() {
            for (key, holds) in keys {
                let (Holds::Kind(held) | Holds::MapOf(held)) = holds else {
                    continue;
                };
                // What a content holds depends on its type; it has a table for each.
                assert!(
                    *held == "content" || of(held).is_some(),
                    "{kind}: {key}>{held}"
                );
            }
        }
        for (_, path, kind) in ANSWERS {
            assert!(of(kind).is_some(), "{path}: {kind}");
        }
    }

    #[test]
    fn every_known_event_and_content_type_has_a_table_or_is_opaque() {
        const OPAQUE: [&str; 3] = ["app_pairing_content", "citable_code_output", "super_widget"];
        for name in chatgpt::known::EVENT_TYPES {
            assert!(of(&format!("event:{name}")).is_some(), "{name}");
        }
        for name in chatgpt::known::CONTENT_TYPES {
            let has_table = of(&format!("content:{name}")).is_some();
            assert!(has_table != OPAQUE.contains(name), "{name}");
        }
    }
}
