//! Addresses in styles that start at the root of the host the style came from.

use std::borrow::Cow;

/// Puts `place` before every address that starts with one slash. Addresses that start with
/// `mapped` are where they should be.
pub(super) fn with_root<'a>(style: &'a [u8], place: &str, mapped: &str) -> Cow<'a, [u8]> {
    let mut out = Vec::new();
    let mut rest = 0;
    for at in starts(style) {
        let address = style.get(at..).unwrap_or_default();
        let is_rooted = address.starts_with(b"/") && !address.starts_with(b"//");
        if is_rooted && !address.starts_with(mapped.as_bytes()) {
            out.extend_from_slice(style.get(rest..at).unwrap_or_default());
            out.extend_from_slice(place.as_bytes());
            rest = at;
        }
    }
    if rest == 0 {
        return Cow::Borrowed(style);
    }
    out.extend_from_slice(style.get(rest..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where addresses start: behind `url(` or `@import`, with or without a quote.
fn starts(style: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr2_iter(b'(', b't', style)
        .filter(|at| {
            let word = style.get(..=*at).unwrap_or_default();
            ends_with(word, b"url(") || ends_with(word, b"@import")
        })
        .map(|at| {
            let after = style.get(at + 1..).unwrap_or_default();
            let spaces = after.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let is_quoted = matches!(after.get(spaces), Some(b'"' | b'\''));
            at + 1 + spaces + usize::from(is_quoted)
        })
}

fn ends_with(text: &[u8], word: &[u8]) -> bool {
    let start = text.len().checked_sub(word.len());
    start
        .and_then(|start| text.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}
