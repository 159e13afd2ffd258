//! What is done to a value, by where it stands: the table of what is personal.
//!
//! A place that is in no table is judged by the value, and strictly: a new field must not
//! leak. Called by `scrub`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What is done to a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// A value of an enumeration: stays while it looks like one.
    Word,
    /// An id: gets a stand-in.
    Id,
    /// A secret: goes.
    Secret,
    /// What people and models write: keeps its shape.
    Text,
    /// What upstream says about errors and states: known words stay.
    Sentence,
    /// An address: goes, but for its kind.
    Address,
    /// What tells a person, a place or a device: keeps its shape, whatever the options.
    Personal,
    /// The difficulty of a proof of work.
    Difficulty,
    /// A time.
    Time,
    /// Unknown: stays only when it is made of the protocol's words.
    Unknown,
}

/// The policies of keys, by key.
static PLACES: LazyLock<HashMap<&'static str, Policy>> = LazyLock::new(|| {
    let mut places = HashMap::new();
    let mut current = Policy::Unknown;
    for line in include_str!("places.txt").lines() {
        match line {
            _ if line.starts_with('#') => {}
            "[word]" => current = Policy::Word,
            "[secret]" => current = Policy::Secret,
            "[text]" => current = Policy::Text,
            "[sentence]" => current = Policy::Sentence,
            "[address]" => current = Policy::Address,
            "[personal]" => current = Policy::Personal,
            "[time]" => current = Policy::Time,
            "[id]" => current = Policy::Id,
            keys => places.extend(keys.split_whitespace().map(|key| (key, current))),
        }
    }
    places
});

/// A key that has one of these in it holds a secret.
const SECRET_PARTS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passcode",
    "cookie",
    "signature",
    "api_key",
    "apikey",
    "credential",
    "private_key",
    "session_key",
];

/// Everything below these keys is personal.
const PERSONAL_OBJECTS: &[&str] = &[
    "client_contextual_info",
    "useragent",
    "location",
    "geo",
    "device",
    "user_location",
    "address",
];

/// What is done to the string at `place`, a path of keys; places in lists have numbers.
pub(super) fn of(place: &[String]) -> Policy {
    let mut keys = place.iter().rev().filter(|part| !is_index(part));
    let Some(key) = keys.next().map(String::as_str) else {
        return Policy::Unknown;
    };
    let parent = keys.next().map_or("", String::as_str);
    if is_personal(place) {
        return Policy::Personal;
    }
    if let Some(policy) = by_context(parent, key) {
        return policy;
    }
    let lower = key.to_ascii_lowercase();
    if SECRET_PARTS.iter().any(|part| lower.contains(part)) {
        Policy::Secret
    } else if let Some(policy) = PLACES.get(key) {
        *policy
    } else if key.ends_with("_id") || key.ends_with("_ids") {
        Policy::Id
    } else {
        Policy::Unknown
    }
}

/// Keys that mean different things in different objects.
fn by_context(parent: &str, key: &str) -> Option<Policy> {
    Some(match (parent, key) {
        // A name of a tool, of a feature, or of an exception such as `ValueError`.
        ("author" | "blocked_features" | "in_kernel_exception", "name") => Policy::Word,
        ("aggregate_result", "code") => Policy::Text,
        ("proofofwork", "difficulty") => Policy::Difficulty,
        ("proofofwork", "seed") => Policy::Personal,
        _ => return None,
    })
}

/// Whether a table says what is done to the strings of this key.
pub(super) fn is_listed(key: &str) -> bool {
    PLACES.contains_key(key)
}

/// Whether everything at `place` tells a person, a place or a device.
pub(super) fn is_personal(place: &[String]) -> bool {
    let is_last = place.iter().rev().find(|part| !is_index(part));
    is_last.is_some_and(|key| PLACES.get(key.as_str()) == Some(&Policy::Personal))
        || place
            .iter()
            .any(|key| PERSONAL_OBJECTS.contains(&key.as_str()))
}

pub(super) fn is_index(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Policy, of};

    fn at(place: &str) -> Policy {
        let place: Vec<String> = place.split('/').map(str::to_owned).collect();
        of(&place)
    }

    #[test]
    fn a_place_decides() {
        for (place, policy) in [
            ("message/author/name", Policy::Word),
            ("message/author/role", Policy::Word),
            ("message/content/parts/0", Policy::Text),
            ("message/content/thoughts/1/summary", Policy::Text),
            ("message/metadata/aggregate_result/code", Policy::Text),
            ("detail/code", Policy::Word),
            ("message/metadata/parent_id", Policy::Id),
            ("mapping/x/children/0", Policy::Id),
            ("user/name", Policy::Text),
            ("user/email", Policy::Personal),
            (
                "input_message/metadata/useragent/os/version",
                Policy::Personal,
            ),
            ("accessToken", Policy::Secret),
            ("conduit_token", Policy::Secret),
            ("message/metadata/safe_urls/0", Policy::Address),
            ("message/metadata/glow", Policy::Unknown),
            ("proofofwork/difficulty", Policy::Difficulty),
        ] {
            assert_eq!(at(place), policy, "{place}");
        }
    }
}
