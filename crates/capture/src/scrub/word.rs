//! Which strings are words of the protocol, and so may stay.
//!
//! Two tests: the look of an enumeration's value, for places where such values are due; and a
//! vocabulary, for places nobody knows. Called by `scrub`.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::known_keys;

use super::shape::masked;

/// Longer strings are no values of enumerations.
const MAX_LENGTH: usize = 40;

/// More digits in a row, or in all, are a number or an id.
const MAX_DIGITS_IN_A_ROW: usize = 4;
const MAX_DIGITS: usize = 9;

/// So long a run of letters and digits with two digits in it is an id.
const MIN_ID_LENGTH: usize = 8;

/// Words that values and sentences of upstream are made of, beside those of keys.
const WORDS: &str = include_str!("vocabulary.txt");

static VOCABULARY: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let named = chatgpt::known::EVENT_TYPES
        .iter()
        .chain(chatgpt::known::EVENT_NAMES)
        .chain(chatgpt::known::OPERATIONS)
        .chain(chatgpt::known::CONTENT_TYPES)
        .chain(chatgpt::known::REFERENCE_TYPES)
        .chain(chatgpt::known::STATUSES)
        .copied();
    named
        .chain(known_keys::all())
        .flat_map(|name| name.split(SEPARATORS))
        .chain(WORDS.split_whitespace())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
});

const SEPARATORS: [char; 5] = ['_', '-', '.', ':', '/'];

/// Whether `text` looks like a value of an enumeration, a slug or a tool's name.
pub(super) fn looks_like_enum(text: &str) -> bool {
    let is_spelled_so = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-/".contains(&byte);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= MAX_LENGTH
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(is_spelled_so)
        && digits <= MAX_DIGITS
        && text.bytes().filter(|byte| *byte == b':').count() <= 1
        && !text.contains("//")
        && !text.starts_with("eyJ")
        && !["sk-", "rt_", "sess-"]
            .iter()
            .any(|it| text.starts_with(it))
        && text.split(SEPARATORS).all(is_no_id)
}

fn is_no_id(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = run.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits <= MAX_DIGITS_IN_A_ROW
        && !(run.len() >= MIN_ID_LENGTH && digits >= 2)
        && !(is_hex && digits > 0 && run.len() > MAX_DIGITS_IN_A_ROW)
}

/// Whether `text` looks like a value of an enumeration and is made of known words.
pub(super) fn is_of_vocabulary(text: &str) -> bool {
    looks_like_enum(text) && text.split(SEPARATORS).all(is_known_word)
}

/// Whether a key of an object may stay: the known ones, and what looks like one of a program.
pub(super) fn is_key(text: &str) -> bool {
    let is_spelled_so = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins_low = |first: char| first.is_ascii_lowercase() || first == '_';
    let looks_so = text.starts_with(begins_low)
        && text.bytes().all(is_spelled_so)
        && looks_like_enum(text.trim_start_matches('_'));
    text.is_empty() || looks_so || known_keys::is_known(text) || is_of_vocabulary(text)
}

fn is_known_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let letters = word.trim_matches(|it: char| it.is_ascii_digit());
    letters.len() <= 1 || VOCABULARY.contains(&word) || VOCABULARY.contains(letters)
}

/// A sentence of upstream's: known words stay, the others lose their letters.
///
/// One character becomes one character. Digits go.
pub(super) fn sentence(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let is_in_word = |it: char| it.is_alphanumeric();
        let end = rest.find(|it| !is_in_word(it)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if VOCABULARY.contains(word.to_ascii_lowercase().as_str()) {
            out.push_str(word);
        } else {
            out.extend(word.chars().map(masked));
        }
        let next = after.find(is_in_word).unwrap_or(after.len());
        let (between, following) = after.split_at(next);
        out.extend(between.chars().map(masked));
        rest = following;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_key, is_of_vocabulary, looks_like_enum, sentence};

    #[test]
    fn enumerations_slugs_and_tools_look_like_it() {
        for text in [
            "finished_successfully",
            "gpt-5-2-thinking",
            "gpt-4o-2024-08-06",
            "t2uay3k.sj1i4kz",
            "web.run",
            "tool:web.run",
            "conversation-turn-complete",
            "code/python",
            "IS_STREAMING",
        ] {
            assert!(looks_like_enum(text), "{text}");
        }
    }

    #[test]
    fn ids_numbers_addresses_and_tokens_do_not() {
        for text in [
            "10.0.0.1",
            "fe80::1",
            "a:b:c",
            "555-123-4567",
            "a12345",
            "deadbeef01",
            "sk-abc",
            "rt_abc",
            "eyJhbGciOi",
            "abc12def",
            "anna@example.org",
            "two words",
            "http://x",
            "",
            "gpt-4-gizmo-g-AbCd3Ef5Gh",
        ] {
            assert!(!looks_like_enum(text), "{text}");
        }
    }

    #[test]
    fn only_known_words_are_of_the_vocabulary() {
        for text in [
            "finished_with_error",
            "search_result_v2",
            "reasoning",
            "gpt-5-mini",
        ] {
            assert!(is_of_vocabulary(text), "{text}");
        }
        for text in [
            "margarethe",
            "Margarethe",
            "anna_maria",
            "max-mustermann",
            "bonn",
        ] {
            assert!(!is_of_vocabulary(text), "{text}");
        }
    }

    #[test]
    fn keys_of_programs_stay_and_those_of_people_go() {
        for key in [
            "glow_level",
            "mimeType",
            "a32e6ebcb",
            "client-created-root",
            "__v",
        ] {
            assert!(is_key(key), "{key}");
        }
        for key in [
            "anna@example.org",
            "Anna",
            "my report.pdf",
            "4915112345",
            "10.0.0.1",
        ] {
            assert!(!is_key(key), "{key}");
        }
    }

    #[test]
    fn sentences_of_upstream_stay_and_what_it_quotes_goes() {
        assert_eq!(
            sentence("Can't load conversation 1234-ab of Margarethe"),
            "Can't load conversation 0000-xx of xxxxxxxxxx"
        );
        let text = "Unusual activity has been detected from your device. Try again later.";
        assert_eq!(sentence(text), text);
    }
}
