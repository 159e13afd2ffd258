//! Headers that say what was done with a request. Used by the handlers.

use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const MODEL: HeaderName = HeaderName::from_static("x-flowgpt-model");
pub(crate) const DRIVER: HeaderName = HeaderName::from_static("x-flowgpt-driver");
/// The account that answered; only for those who may know the accounts.
pub(crate) const ACCOUNT: HeaderName = HeaderName::from_static("x-flowgpt-account");
pub(crate) const ATTEMPTS: HeaderName = HeaderName::from_static("x-flowgpt-attempts");
pub(crate) const USAGE: HeaderName = HeaderName::from_static("x-flowgpt-usage");
/// Upstream was told only what is new, in the conversation that has the rest.
pub(crate) const CONTINUED: HeaderName = HeaderName::from_static("x-flowgpt-continued");
const DROPPED: HeaderName = HeaderName::from_static("x-flowgpt-dropped");
const EMULATED: HeaderName = HeaderName::from_static("x-flowgpt-emulated");
/// The seed was bound to another account just now.
pub(crate) const SEED_REBOUND: HeaderName = HeaderName::from_static("x-flowgpt-seed-rebound");
pub(crate) const DOWNGRADED_FROM: HeaderName = HeaderName::from_static("x-flowgpt-downgraded-from");

/// A parameter's name in a header is cut here, and so is the list.
const MAX_NAME: usize = 64;
const MAX_NAMES: usize = 32;

/// Names parameters that had no effect.
pub(crate) fn name_dropped<'a>(headers: &mut HeaderMap, names: impl Iterator<Item = &'a str>) {
    name(headers, DROPPED, names);
}

/// Names parameters whose effect was got in another way than upstream's own.
pub(crate) fn name_emulated<'a>(headers: &mut HeaderMap, names: impl Iterator<Item = &'a str>) {
    name(headers, EMULATED, names);
}

/// Sets a header whose value upstream may have made up.
pub(crate) fn set(headers: &mut HeaderMap, header: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(header, value);
    }
}

fn name<'a>(headers: &mut HeaderMap, header: HeaderName, names: impl Iterator<Item = &'a str>) {
    let names: Vec<String> = names.take(MAX_NAMES).map(header_safe).collect();
    if !names.is_empty() {
        set(headers, header, &names.join(", "));
    }
}

/// A name a caller made up, fit for a header.
fn header_safe(name: &str) -> String {
    name.chars()
        .take(MAX_NAME)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '.' => c,
            _ => '?',
        })
        .collect()
}
