//! Secrets taken out of bytes, however they are written there.
//!
//! The last step of every change, and the one that knows nothing of pages: whatever the rules
//! missed goes here. Replacements are plain text, which no place can misread.

use std::borrow::Cow;
use std::fmt::Write as _;

use memchr::memmem;
use serde_json::Value;

use crate::context::{Reach, Secret};
use crate::script_text::escape_json;

/// A replacement can join what was apart, so one pass may not be enough.
const MAX_ROUNDS: usize = 8;

/// What stands around all that an element says, and around its labels.
const LABELS: [(&str, &str); 4] = [
    (">", "<"),
    (" alt=\"", "\""),
    (" title=\"", "\""),
    (" aria-label=\"", "\""),
];

/// One way in which a secret may be written.
struct Form {
    needle: Vec<u8>,
    replacement: Vec<u8>,
}

/// The secrets of one account, ready to be looked for.
pub(crate) struct Scrubber {
    /// Longest first, so that no part of a longer one is replaced before the whole.
    forms: Vec<Form>,
}

impl Scrubber {
    /// For bytes that may be changed wherever a secret stands.
    pub(crate) fn with_identity(secrets: &[Secret]) -> Self {
        Self::of(secrets.iter())
    }

    /// For bytes that may hold text of the user.
    pub(crate) fn tokens_only(secrets: &[Secret]) -> Self {
        Self::of(secrets.iter().filter(|s| s.reach() == Reach::Everywhere))
    }

    fn of<'a>(secrets: impl Iterator<Item = &'a Secret>) -> Self {
        let mut forms: Vec<Form> = secrets.flat_map(forms).collect();
        forms.sort_by(|a, b| (b.needle.len(), &a.needle).cmp(&(a.needle.len(), &b.needle)));
        forms.dedup_by(|a, b| a.needle == b.needle);
        Self { forms }
    }

    /// The bytes without secrets, and how many there were.
    pub(crate) fn scrub<'a>(&self, bytes: Cow<'a, [u8]>) -> (Cow<'a, [u8]>, usize) {
        let mut bytes = bytes;
        let mut total = 0;
        for _ in 0..MAX_ROUNDS {
            let mut found = 0;
            for form in &self.forms {
                if let Some((new, count)) = form.replace_in(&bytes) {
                    bytes = Cow::Owned(new);
                    found += count;
                }
            }
            total += found;
            if found == 0 {
                break;
            }
        }
        (bytes, total)
    }

    /// Whether one is still there.
    pub(crate) fn finds_any(&self, bytes: &[u8]) -> bool {
        self.forms
            .iter()
            .any(|form| memmem::find(bytes, &form.needle).is_some())
    }
}

impl Form {
    fn replace_in(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let mut out = Vec::new();
        let mut rest = bytes;
        let mut count = 0;
        let finder = memmem::Finder::new(&self.needle);
        while let Some(at) = finder.find(rest) {
            out.extend_from_slice(rest.get(..at)?);
            out.extend_from_slice(&self.replacement);
            rest = rest.get(at + self.needle.len()..)?;
            count += 1;
        }
        out.extend_from_slice(rest);
        (count > 0).then_some((out, count))
    }
}

fn forms(secret: &Secret) -> Vec<Form> {
    let plain = secret.needle();
    if secret.reach() == Reach::Label {
        return labels(plain, secret.replacement());
    }
    let mut needles = vec![plain.to_owned()];
    needles.extend(["&#x27;", "&#39;"].map(|quote| html(plain, quote)));
    // JSON, JSON in a string of JSON, and that in a literal of a script.
    let mut inner = vec![plain.to_owned()];
    for _ in 0..3 {
        inner = inner.iter().flat_map(|text| escaped(text)).collect();
        inner.sort_unstable();
        inner.dedup();
        needles.extend(inner.iter().cloned());
    }
    let replacement = secret.replacement();
    let mut forms: Vec<Form> = needles
        .into_iter()
        .map(|needle| form(needle, replacement.to_owned()))
        .collect();
    for is_upper in [true, false] {
        forms.push(form(
            percent(plain, is_upper),
            percent(replacement, is_upper),
        ));
    }
    forms
}

/// All that an element, or a label of one, may say.
fn labels(name: &str, replacement: &str) -> Vec<Form> {
    let mut written = vec![name.to_owned()];
    written.extend(["&#x27;", "&#39;"].map(|quote| html(name, quote)));
    written.sort_unstable();
    written.dedup();
    let framed = |name: &String| {
        LABELS.map(|(start, end)| {
            form(
                format!("{start}{name}{end}"),
                format!("{start}{replacement}{end}"),
            )
        })
    };
    written.iter().flat_map(framed).collect()
}

fn form(needle: String, replacement: String) -> Form {
    Form {
        needle: needle.into_bytes(),
        replacement: replacement.into_bytes(),
    }
}

/// How the inside of a JSON string may be written.
fn escaped(text: &str) -> Vec<String> {
    let quoted = Value::from(text).to_string();
    let json = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let for_script = escape_json(json);
    let slashes = json.replace('/', "\\/");
    let ascii = ascii_only(json);
    vec![json.to_owned(), for_script, slashes, ascii]
}

/// The text with everything beyond ASCII as `\uXXXX`.
fn ascii_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            // Writing to a string cannot fail.
            let _written = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

fn html(text: &str, quote: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', quote)
}

/// The text as a part of an address.
fn percent(text: &str, is_upper: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else if is_upper {
            let _written = write!(out, "%{byte:02X}");
        } else {
            let _written = write!(out, "%{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::Scrubber;
    use crate::context::Secret;

    fn scrubbed(text: &str, secrets: &[Secret]) -> String {
        let scrubber = Scrubber::with_identity(secrets);
        let (bytes, _count) = scrubber.scrub(Cow::Borrowed(text.as_bytes()));
        assert!(!scrubber.finds_any(&bytes));
        String::from_utf8(bytes.into_owned()).unwrap()
    }

    #[test]
    fn a_secret_goes_however_it_is_written() {
        let secrets = [
            Secret::token("ab/\"c\\<d", "X").unwrap(),
            Secret::identity("wen+x@mail.example", "Y").unwrap(),
            Secret::identity("张三丰", "Z").unwrap(),
            Secret::identity("O'Neil & Co", "W").unwrap(),
        ];
        for (text, expected) in [
            (r#"ab/"c\<d"#, "X"),
            (r#""ab/\"c\\<d""#, "\"X\""),
            (r#""ab\/\"c\\<d""#, "\"X\""),
            (r#""ab/\"c\\\u003cd""#, "\"X\""),
            (r#"\"ab/\\\"c\\\\<d\""#, r#"\"X\""#),
            ("ab%2F%22c%5C%3Cd", "X"),
            ("ab%2f%22c%5c%3cd", "X"),
            ("?mail=wen%2Bx%40mail.example&", "?mail=Y&"),
            (r#""\u5f20\u4e09\u4e30""#, "\"Z\""),
            ("<b>O&#x27;Neil &amp; Co</b>", "<b>W</b>"),
            (r#""O'Neil \u0026 Co""#, "\"W\""),
        ] {
            assert_eq!(scrubbed(text, &secrets), expected, "{text}");
        }
    }

    #[test]
    fn a_name_goes_where_it_stands_alone() {
        let secrets = [
            Secret::name("amy", "FlowGPT").unwrap(),
            Secret::name("O'Neil & Co", "FlowGPT").unwrap(),
        ];
        for (text, expected) in [
            ("<b>amy</b>", "<b>FlowGPT</b>"),
            ("Hi, <!-- -->amy<!-- -->!", "Hi, <!-- -->FlowGPT<!-- -->!"),
            ("<b>O&#x27;Neil &amp; Co</b>", "<b>FlowGPT</b>"),
            ("<img alt=\"amy\">", "<img alt=\"FlowGPT\">"),
            ("<b>a family of amy</b>", "<b>a family of amy</b>"),
            ("{\"amy\":1}", "{\"amy\":1}"),
        ] {
            assert_eq!(scrubbed(text, &secrets), expected, "{text}");
        }
    }

    #[test]
    fn a_replacement_cannot_join_a_secret_anew() {
        let secret = Secret::token("abcd", "").unwrap();
        assert_eq!(scrubbed("ababcdcd", &[secret]), "");
    }

    #[test]
    fn the_longer_secret_goes_first() {
        let secrets = [
            Secret::token("abcd", "short").unwrap(),
            Secret::token("abcdefgh", "long").unwrap(),
        ];
        assert_eq!(scrubbed("abcdefgh abcd", &secrets), "long short");
    }

    #[test]
    fn text_of_the_user_loses_tokens_only() {
        let secrets = [
            Secret::token("eyJ.token", "X").unwrap(),
            Secret::identity("wen@mail.example", "Y").unwrap(),
        ];
        let text = "eyJ.token wen@mail.example";
        let (bytes, count) = Scrubber::tokens_only(&secrets).scrub(Cow::Borrowed(text.as_bytes()));
        assert_eq!((&*bytes, count), (&b"X wen@mail.example"[..], 1));
    }

    proptest! {
        #[test]
        fn nothing_is_left_of_a_secret(
            pieces in prop::collection::vec("[ab\"\\\\/<é ]{0,6}", 1..6),
            needle in "[ab\"\\\\/<é]{4,8}",
            replacement in "[xyz]{0,5}",
        ) {
            let secret = Secret::token(needle.clone(), replacement).unwrap();
            let text = pieces.join(&needle);
            prop_assert!(!scrubbed(&text, &[secret]).contains(&needle));
        }
    }
}
