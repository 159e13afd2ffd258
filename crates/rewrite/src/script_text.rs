//! Text inside scripts: string literals read and written, JSON that cannot end its element.
//!
//! Used by `document` for the bootstrap and by `enqueue` for loader data.

use std::fmt::Write as _;

/// Escapes what could end a script element or a line, inside JSON that is otherwise finished.
/// All of it can only stand in strings there, so the JSON keeps its meaning.
pub(crate) fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _written = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out
}

/// A JavaScript string literal, which is JSON too.
pub(crate) fn quote(text: &str) -> String {
    escape_json(&serde_json::Value::from(text).to_string())
}

/// Where the string literal at the start of `text` ends, its quotes included.
pub(crate) fn literal_length(text: &str) -> Option<usize> {
    let quote = text.bytes().next().filter(|byte| b"\"'".contains(byte))?;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'\n' | b'\r' => return None,
            _ if byte == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// What a literal, quotes included, stands for; `None` when that is no Unicode text.
pub(crate) fn unquote(literal: &str) -> Option<String> {
    if literal.starts_with('"')
        && let Ok(text) = serde_json::from_str(literal)
    {
        return Some(text);
    }
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    let mut units: Vec<u16> = Vec::with_capacity(inner.len());
    let mut buffer = [0; 2];
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        let meant = match character {
            '\\' => match rest.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                '0' => '\0',
                // Half a character may be meant, so it is no `char` yet.
                'x' => {
                    units.push(hex(&mut rest, 2)?);
                    continue;
                }
                'u' => {
                    units.push(hex(&mut rest, 4)?);
                    continue;
                }
                other => other,
            },
            other => other,
        };
        units.extend_from_slice(meant.encode_utf16(&mut buffer));
    }
    String::from_utf16(&units).ok()
}

fn hex(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<u16> {
    let text = rest.as_str().get(..digits)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    *rest = rest.as_str().get(digits..)?.chars();
    u16::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escape_json, literal_length, quote, unquote};

    #[test]
    fn json_in_a_script_cannot_end_it() {
        let json = serde_json::json!({"a": "</script><!-- & \u{2028}\u{2029}"}).to_string();
        let escaped = escape_json(&json);
        assert!(!escaped.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read.to_string(), json);
    }

    #[test]
    fn literals_of_javascript_are_read() {
        for (literal, text) in [
            (r#""a\"b\u003c\n""#, "a\"b<\n"),
            (r"'it\'s \x41\v\0'", "it's A\u{b}\0"),
            (r#""\x3c\ud83d\ude00""#, "<😀"),
            ("\"\"", ""),
        ] {
            assert_eq!(unquote(literal).as_deref(), Some(text), "{literal}");
        }
        assert_eq!(unquote(r#""\ud83d""#), None, "half a character");
        assert_eq!(unquote(r"'\xg1'"), None);
        assert_eq!(unquote("'"), None);
    }

    #[test]
    fn a_literal_ends_at_its_own_quote() {
        assert_eq!(literal_length(r#""a\"'b" + "c""#), Some(7));
        assert_eq!(literal_length("'a\"b')"), Some(5));
        for open in ["\"a", "a\"", "\"a\nb\"", "\"a\\\"", ""] {
            assert_eq!(literal_length(open), None, "{open}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(text in any::<String>()) {
            let literal = quote(&text);
            prop_assert_eq!(literal_length(&literal), Some(literal.len()));
            prop_assert_eq!(unquote(&literal), Some(text));
        }

        #[test]
        fn no_literal_is_too_odd(text in any::<String>()) {
            let _length = literal_length(&text);
            let _text = unquote(&text);
        }
    }
}
