//! Path patterns of the rules, and the plain form of a path that they are compared with.
//!
//! Used by `route` and `data`. A pattern has at most one star, at its start or its end.

use std::borrow::Cow;

use serde::Deserialize;

/// One path, or all paths with the same start or the same end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Exactly(String),
    Below(String),
    Start(String),
    End(String),
}

impl Pattern {
    /// Whether `path`, which `plain` returned, is meant.
    pub fn matches(&self, path: &str) -> bool {
        match &self.0 {
            Form::Exactly(whole) => path == whole,
            Form::Below(top) => path
                .strip_prefix(top.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Form::Start(start) => path.starts_with(start.as_str()),
            Form::End(end) => path.ends_with(end.as_str()),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let lower = text.to_lowercase();
        let form = if let Some(top) = lower.strip_suffix("/*") {
            Form::Below(top.to_owned())
        } else if let Some(start) = lower.strip_suffix('*') {
            Form::Start(start.to_owned())
        } else if let Some(end) = lower.strip_prefix('*') {
            Form::End(end.to_owned())
        } else {
            Form::Exactly(lower.clone())
        };
        let (Form::Exactly(inner) | Form::Below(inner) | Form::Start(inner) | Form::End(inner)) =
            &form;
        let starts_well = matches!(form, Form::End(_)) || inner.starts_with('/');
        if inner.is_empty() || inner.contains('*') || !starts_well {
            return Err(format!(
                "the path pattern {text:?} starts with a slash and has one star at most, \
                 at its start or its end"
            ));
        }
        Ok(Self(form))
    }
}

/// Whether one of `patterns` means `path`.
pub(crate) fn any(patterns: &[Pattern], path: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

/// The path as the far side may understand it: decoded, in lower case, without a query and
/// without doubled slashes. `None` when it could lead out of where it seems to be.
pub fn plain(raw: &str) -> Option<String> {
    if raw.chars().any(char::is_control) {
        return None;
    }
    let path = raw.split('?').next().unwrap_or(raw);
    if !path.starts_with('/') || path.starts_with("//") || path.contains('#') {
        return None;
    }
    let decoded = decoded(path)?;
    if decoded.contains('\\') || decoded.chars().any(char::is_control) {
        return None;
    }
    let mut out = String::with_capacity(decoded.len());
    for segment in decoded.split('/').skip(1) {
        // Some servers cut parameters off a segment before they look at it.
        let segment = segment.split(';').next().unwrap_or(segment);
        if matches!(segment, "." | "..") {
            return None;
        }
        if !segment.is_empty() {
            out.push('/');
            out.push_str(&segment.to_lowercase());
        }
    }
    if out.is_empty() || decoded.ends_with('/') {
        out.push('/');
    }
    Some(out)
}

/// Decodes until nothing is left to decode, since nobody knows how often the far side does.
fn decoded(path: &str) -> Option<Cow<'_, str>> {
    const ROUNDS: usize = 4;
    let mut text = Cow::Borrowed(path);
    for _ in 0..ROUNDS {
        match decode_once(&text) {
            None => return Some(text),
            Some(bytes) => text = Cow::Owned(String::from_utf8(bytes).ok()?),
        }
    }
    None
}

/// `None` when there is nothing to decode.
fn decode_once(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut found = false;
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let decoded = (byte == b'%').then(|| hex_pair(after)).flatten();
        found |= decoded.is_some();
        out.push(decoded.unwrap_or(byte));
        rest = match decoded {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    found.then_some(out)
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*bytes.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Pattern, plain};

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_star_after_a_slash_means_the_path_itself_and_all_below() {
        let auth = pattern("/auth/*");
        assert!(auth.matches("/auth") && auth.matches("/auth/login"));
        assert!(!auth.matches("/authors"));
        assert!(pattern("/payments*").matches("/payments2"));
        assert!(pattern("*.js.map").matches("/a/b.js.map"));
        assert!(!pattern("/v1/rgstr").matches("/v1/rgstr/x"));
    }

    #[test]
    fn a_pattern_has_one_star_at_an_end_and_starts_at_the_root() {
        for text in ["", "*", "auth", "/a/*/b", "**", "*/*", "/*/*", "/*"] {
            assert!(Pattern::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plain_path_is_decoded_lowered_and_has_single_slashes() {
        assert_eq!(plain("/%61uth//Login?x=1").as_deref(), Some("/auth/login"));
        assert_eq!(plain("/%2561uth/").as_deref(), Some("/auth/"));
        assert_eq!(plain("/").as_deref(), Some("/"));
        assert_eq!(plain("/auth;a=1/Login").as_deref(), Some("/auth/login"));
        assert_eq!(plain("/100%zz").as_deref(), Some("/100%zz"));
    }

    #[test]
    fn a_path_that_leads_elsewhere_has_no_plain_form() {
        for path in [
            "",
            "x",
            "//evil",
            "/a/../b",
            "/a/%2e%2E/b",
            "/a/%252e%252e/b",
            "/a/..;x/b",
            "/a\\b",
            "/a/%5c..",
            "/a%00",
            "/a%0d%0ab",
            "/a?b\r\nc",
            "/a#b",
            "/%ff",
            "/./a",
            "/%2f..%2fx",
            "/%2525252561",
        ] {
            assert_eq!(plain(path), None, "{path}");
        }
    }
}
