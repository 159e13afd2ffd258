//! Where an answer's raw text holds something that is not shown as it stands.
//!
//! Markers of sources in two generations, and links into the sandbox. Only their extent is
//! found here; what they become is decided in `citations` and `prose`. Protocol: citations.

use std::ops::Range;

use memchr::memchr3_iter;

/// Opens a marker.
pub(super) const OPEN: char = '\u{E200}';
/// Closes a marker.
pub(super) const CLOSE: char = '\u{E201}';
/// Stands between the parts of a marker.
pub(super) const SEPARATOR: char = '\u{E202}';

/// Longer names are not names of sources.
const MAX_OLDER_MARKER_BYTES: usize = 512;

/// Longer addresses are not paths of files.
const MAX_LINK_BYTES: usize = 2048;

/// How far something reaches that may not be complete yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Extent<T> {
    /// It is complete.
    Whole(T),
    /// It goes on in text that has not come yet.
    Open,
    /// It is no such thing.
    Not,
}

/// A link to a file in the sandbox: `](sandbox:/…)`, from its parenthesis on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SandboxLink {
    /// Where its address is.
    pub(super) address: Range<usize>,
    /// Where it ends, including the parenthesis.
    pub(super) end: usize,
}

/// The first place where something may begin that is not shown as it stands; `before` is
/// the byte in front of `text`.
pub(super) fn first_place(text: &str, before: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr3_iter(b'(', 0xEE, 0xE3, bytes).find(|at| match &bytes[*at..] {
        [b'(', ..] => at.checked_sub(1).map_or(before, |at| bytes[at]) == b']',
        // U+E200 to U+E206, and 【; a character's bytes are always all there.
        [0xEE, 0x88, 0x80..=0x86, ..] | [0xE3, 0x80, 0x90, ..] => true,
        _ => false,
    })
}

/// The extent of a marker that begins `text`, in bytes.
pub(super) fn marker(text: &str) -> Extent<usize> {
    let inside = &text[OPEN.len_utf8()..];
    match inside
        .char_indices()
        .find(|(_, c)| [OPEN, CLOSE].contains(c))
    {
        Some((at, CLOSE)) => Extent::Whole(OPEN.len_utf8() + at + CLOSE.len_utf8()),
        // Another one begins: this one is never closed.
        Some(_) => Extent::Not,
        None => Extent::Open,
    }
}

/// How much of `text` belongs to the marker that begins it and is never closed.
pub(super) fn broken_marker(text: &str) -> usize {
    let inside = &text[OPEN.len_utf8()..];
    let end = inside.find([OPEN, '\n'].as_slice()).unwrap_or(inside.len());
    OPEN.len_utf8() + end
}

/// The extent of `【11†source】` or `【4:0†name】` that begins `text`, in bytes.
pub(super) fn older_marker(text: &str) -> Extent<usize> {
    let opening = '【'.len_utf8();
    let mut seen_digit = false;
    let mut in_name = false;
    for (at, c) in text[opening..].char_indices() {
        match c {
            _ if at > MAX_OLDER_MARKER_BYTES => return Extent::Not,
            '】' if in_name => return Extent::Whole(opening + at + c.len_utf8()),
            '\n' | '【' => return Extent::Not,
            _ if in_name => {}
            '0'..='9' => seen_digit = true,
            ':' if seen_digit => {}
            '†' if seen_digit => in_name = true,
            _ => return Extent::Not,
        }
    }
    Extent::Open
}

/// The extent of a sandbox link whose parenthesis begins `text`; with `is_all` no more text
/// comes.
pub(super) fn sandbox_link(text: &str, is_all: bool) -> Extent<SandboxLink> {
    const PLAIN: &str = "(sandbox:/";
    const BRACKETED: &str = "(<sandbox:/";
    for (beginning, is_bracketed) in [(PLAIN, false), (BRACKETED, true)] {
        if let Some(start) = beginning.find('s')
            && text.starts_with(beginning)
        {
            return address_end(&text[start..], is_bracketed, is_all, start);
        }
        if beginning.starts_with(text) && !is_all {
            return Extent::Open;
        }
    }
    Extent::Not
}

/// The link whose address begins `text`, which itself begins at `start`.
fn address_end(text: &str, is_bracketed: bool, is_all: bool, start: usize) -> Extent<SandboxLink> {
    let whole = |length: usize, end: usize| {
        Extent::Whole(SandboxLink {
            address: start..start + length,
            end: start + end,
        })
    };
    let longest = &text[..text.floor_char_boundary(MAX_LINK_BYTES)];
    let line = longest.split('\n').next().unwrap_or_default();
    let may_go_on = line.len() == text.len() && !is_all;
    if is_bracketed {
        return match line.find(">)") {
            Some(at) => whole(at, at + 2),
            None if may_go_on => Extent::Open,
            None => Extent::Not,
        };
    }
    if let Some(at) = balanced_end(line) {
        return whole(address_length(&line[..at]), at + 1);
    }
    if may_go_on {
        return Extent::Open;
    }
    // A name with a parenthesis that is never closed: the first closing one ends the link.
    match line.find(')') {
        Some(at) => whole(address_length(&line[..at]), at + 1),
        None => Extent::Not,
    }
}

/// Where the parenthesis is that closes the one in front of `line`.
fn balanced_end(line: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut is_escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if std::mem::take(&mut is_escaped) => {}
            b'\\' => is_escaped = true,
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The length of the address in what stands between the parentheses: a title may follow it.
fn address_length(inside: &str) -> usize {
    let titled = inside.ends_with('"').then(|| inside.find(" \"")).flatten();
    titled.unwrap_or(inside.len())
}

#[cfg(test)]
mod tests {
    use super::{Extent, SandboxLink, first_place, marker, older_marker, sandbox_link};

    #[test]
    fn plain_text_has_no_such_place_and_chinese_brackets_are_one_only_before_a_digit() {
        assert_eq!(first_place("a (b) [c] 。、あ\u{E100}\u{E207}", b'x'), None);
        assert_eq!(first_place("(b)", b']'), Some(0));
        assert_eq!(first_place("中【", b' '), Some(3));
        assert_eq!(first_place("a\u{E206}", b' '), Some(1));
        for plain in ["【注意】", "【2024年】", "【1】", "【†a】", "【1†a\n】"] {
            assert_eq!(older_marker(plain), Extent::Not, "{plain}");
        }
        for open in ["【", "【1", "【4:0", "【4:0†名"] {
            assert_eq!(older_marker(open), Extent::Open, "{open}");
        }
        assert_eq!(older_marker("【4:0†a】b"), Extent::Whole(13));
    }

    #[test]
    fn a_marker_ends_where_it_is_closed_and_is_none_when_another_begins() {
        assert_eq!(marker("\u{E200}cite\u{E201}x"), Extent::Whole(10));
        assert_eq!(marker("\u{E200}cite\u{E202}turn"), Extent::Open);
        assert_eq!(marker("\u{E200}cite\u{E200}b\u{E201}"), Extent::Not);
    }

    #[test]
    fn a_sandbox_link_may_hold_parentheses_escapes_a_title_or_angle_brackets() {
        let address = |text: &str| match sandbox_link(text, false) {
            Extent::Whole(SandboxLink { address, end }) => {
                Some((text[address].to_owned(), text[end..].to_owned()))
            }
            _ => None,
        };
        for (text, path, rest) in [
            ("(sandbox:/a.csv) b)", "sandbox:/a.csv", " b)"),
            ("(sandbox:/a(1).csv)", "sandbox:/a(1).csv", ""),
            (r"(sandbox:/a\).csv)", r"sandbox:/a\).csv", ""),
            ("(sandbox:/a b.csv \"t\")", "sandbox:/a b.csv", ""),
            ("(<sandbox:/a)b.csv>)c", "sandbox:/a)b.csv", "c"),
            ("(sandbox:/a(b.csv)\nx", "sandbox:/a(b.csv", "\nx"),
        ] {
            assert_eq!(address(text), Some((path.into(), rest.into())), "{text}");
        }
        for open in [
            "(",
            "(sand",
            "(<",
            "(<sandbox:",
            "(sandbox:/a",
            "(<sandbox:/a)",
        ] {
            assert_eq!(sandbox_link(open, false), Extent::Open, "{open}");
            assert_eq!(sandbox_link(open, true), Extent::Not, "{open}");
        }
        assert_eq!(sandbox_link("(https://x)", false), Extent::Not);
        let endless = format!("(sandbox:/{}", "a".repeat(5000));
        assert_eq!(sandbox_link(&endless, false), Extent::Not);
    }
}
