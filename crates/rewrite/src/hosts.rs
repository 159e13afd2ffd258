//! Addresses of asset hosts inside text, whatever the text is.
//!
//! Works on bytes, so that a file which is not quite UTF-8 stays what it is. Addresses in JSON
//! and JavaScript may have their slashes escaped, even twice; the mapped ones have them escaped
//! the same way. The main host is left alone, so that share links stay official.

use std::borrow::Cow;

use memchr::memmem;

use crate::rules::{HostKind, Rules};

/// Replaces `https://<asset host>` with the host's place on the mirror, and counts.
pub(crate) fn map_assets<'a>(text: &'a [u8], rules: &Rules) -> (Cow<'a, [u8]>, usize) {
    let mut found = Vec::new();
    for host in rules.hosts.iter().filter(|h| h.kind == HostKind::Asset) {
        let name = host.name.as_bytes();
        for at in memmem::find_iter(text, name) {
            found.extend(address_at(text, at, name.len()));
        }
    }
    if found.is_empty() {
        return (Cow::Borrowed(text), 0);
    }
    found.sort_unstable_by_key(|address| address.start);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = 0;
    for address in &found {
        let (Some(before), Some(name)) = (
            text.get(rest..address.start),
            text.get(address.name..address.end),
        ) else {
            continue;
        };
        out.extend_from_slice(before);
        for piece in rules.prefix.split_inclusive('/') {
            out.extend_from_slice(piece.trim_end_matches('/').as_bytes());
            out.extend_from_slice(address.slash);
        }
        out.extend_from_slice(name);
        rest = address.end;
    }
    out.extend_from_slice(text.get(rest..).unwrap_or_default());
    (Cow::Owned(out), found.len())
}

struct Address<'a> {
    start: usize,
    name: usize,
    end: usize,
    /// As it is written there.
    slash: &'a [u8],
}

/// The address whose host stands at `at`, if it is one.
fn address_at(text: &[u8], at: usize, length: usize) -> Option<Address<'_>> {
    let end = at + length;
    let (before, after) = (text.get(..at)?, text.get(end..)?);
    // A longer name, a port or a user is another address.
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:@%".contains(byte);
    if after.first().is_some_and(goes_on) {
        return None;
    }
    let slash = last_slash(before)?;
    let before = before.strip_suffix(slash)?.strip_suffix(slash)?;
    let scheme = [&b"https:"[..], b"http:"]
        .into_iter()
        .find(|scheme| before.ends_with(scheme));
    let before = before.strip_suffix(scheme.unwrap_or_default())?;
    // Without a scheme, only what cannot be the middle of something longer.
    let is_middle = |byte: &u8| match scheme {
        Some(_) => byte.is_ascii_alphanumeric() || b"+-.".contains(byte),
        None => !(byte.is_ascii_whitespace() || b"\"'`(=,;<[{".contains(byte)),
    };
    if before.last().is_some_and(is_middle) {
        return None;
    }
    Some(Address {
        start: before.len(),
        name: at,
        end,
        slash,
    })
}

/// The slash that `text` ends with: plain, or behind backslashes, or as `\u002f`.
fn last_slash(text: &[u8]) -> Option<&[u8]> {
    let bare = [&b"u002f"[..], b"u002F", b"x2f", b"x2F", b"/"]
        .into_iter()
        .find(|bare| text.ends_with(bare))?;
    let stem = text.strip_suffix(bare)?;
    let backslashes = stem.iter().rev().take_while(|byte| **byte == b'\\').count();
    if backslashes == 0 && bare != b"/" {
        return None;
    }
    text.get(stem.len() - backslashes..)
}

#[cfg(test)]
mod tests {
    use super::map_assets;
    use crate::rules::Rules;

    fn mapped(text: &str) -> String {
        let rules = Rules::builtin().unwrap();
        let (bytes, _count) = map_assets(text.as_bytes(), &rules);
        String::from_utf8(bytes.into_owned()).unwrap()
    }

    #[test]
    fn addresses_of_asset_hosts_are_mapped_however_their_slashes_are_written() {
        for (text, expected) in [
            (
                "import(\"https://cdn.oaistatic.com/a.js\")",
                "import(\"/_h/cdn.oaistatic.com/a.js\")",
            ),
            ("'//cdn.oaistatic.com/a'", "'/_h/cdn.oaistatic.com/a'"),
            (
                r#""https:\/\/cdn.oaistatic.com\/a""#,
                r#""\/_h\/cdn.oaistatic.com\/a""#,
            ),
            (
                r#"\"https:\\/\\/cdn.oaistatic.com""#,
                r#"\"\\/_h\\/cdn.oaistatic.com""#,
            ),
            (
                r#""https:\u002F\u002Fcdn.oaistatic.com\u002Fa""#,
                r#""\u002F_h\u002Fcdn.oaistatic.com\u002Fa""#,
            ),
            (
                "url(https://persistent.oaistatic.com/a)",
                "url(/_h/persistent.oaistatic.com/a)",
            ),
            ("//cdn.oaistatic.com", "/_h/cdn.oaistatic.com"),
        ] {
            assert_eq!(mapped(text), expected);
        }
    }

    #[test]
    fn what_only_looks_like_an_address_stays() {
        for text in [
            "https://chatgpt.com/share/1",
            "https://cdn.oaistatic.com.evil.example/a",
            "https://cdn.oaistatic.com:8443/a",
            "https://cdn.oaistatic.com@evil.example/a",
            "https://evil.example//cdn.oaistatic.com/a",
            "https://xcdn.oaistatic.com/a",
            "connect to cdn.oaistatic.com now",
            "xhttps://cdn.oaistatic.com/a",
            "wss://ws.chatgpt.com/a",
            "https:/u002fcdn.oaistatic.com",
            "https:u002fu002fcdn.oaistatic.com",
            "https://ab.chatgpt.com/v1",
        ] {
            assert_eq!(mapped(text), text);
        }
    }

    #[test]
    fn every_address_of_a_text_is_mapped_once() {
        let text = "\"https://cdn.oaistatic.com/a\",\"https://persistent.oaistatic.com/b\",\"https://cdn.oaistatic.com/c\"";
        let once = mapped(text);
        assert_eq!(once.matches("\"/_h/").count(), 3);
        assert_eq!(mapped(&once), once);
    }
}
