//! Finds what must go from a text whose words are kept: tokens, addresses, ids and numbers that
//! tell who somebody is.
//!
//! Looks at words, not at meaning: a name in a sentence is not found. Called by `scrub` for
//! captures that keep their texts.

use std::ops::Range;

/// So many digits in a row of numbers are a phone number or an account.
const MIN_NUMBER_DIGITS: usize = 7;

/// A word of letters and digits this long is a token.
const MIN_TOKEN_LENGTH: usize = 20;

/// Where in `text` the secrets are; the ranges are in order and do not overlap.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut spans = runs(text, is_in_word, is_secret_word);
    spans.extend(runs(text, is_in_number, is_long_number));
    spans.sort_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn runs(text: &str, is_in: fn(char) -> bool, is_secret: fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    for run in text.split(|character| !is_in(character)) {
        // `split` leaves out one character between runs.
        if is_secret(run) {
            spans.push(at..at + run.len());
        }
        at += run.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    spans
}

fn is_in_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.:@+/=%&?~#".contains(character)
}

fn is_in_number(character: char) -> bool {
    character.is_ascii_digit() || " ()+-./".contains(character)
}

fn is_long_number(run: &str) -> bool {
    run.bytes().filter(u8::is_ascii_digit).count() >= MIN_NUMBER_DIGITS
}

fn is_secret_word(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_hex = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_hexdigit());
    let numbers = word
        .split('.')
        .filter(|it| it.parse::<u8>().is_ok())
        .count();
    let groups = word.split(':').filter(|part| is_hex(part)).count();
    word.contains("eyJ")
        || word.contains("://")
        || word.contains('@')
        || ["sk-", "rt_", "sess-"].iter().any(|it| word.contains(it))
        || ["sig=", "token="].iter().any(|it| word.contains(it))
        || numbers >= 4
        || (groups >= 2 && word.matches(':').count() >= 2)
        || digits >= MIN_NUMBER_DIGITS
        || (word.len() >= MIN_TOKEN_LENGTH && digits >= 2 && letters >= 2)
}

#[cfg(test)]
mod tests {
    use super::find;

    fn found(text: &str) -> Vec<&str> {
        find(text)
            .into_iter()
            .map(|span| text[span].trim())
            .collect()
    }

    #[test]
    fn tokens_addresses_and_numbers_are_found() {
        for (text, secret) in [
            ("write to anna@example.org, please", "anna@example.org"),
            ("call (+49 171) 123 45 67 now", "(+49 171) 123 45 67"),
            ("key sk-abc123", "sk-abc123"),
            ("at 10.0.0.1!", "10.0.0.1"),
            ("at fe80::1c2d:3e4f!", "fe80::1c2d:3e4f"),
            ("see https://kyoto.jp/a?b=c)", "https://kyoto.jp/a?b=c"),
            (
                "id 11111111-2222-4333-8444-555555555555",
                "11111111-2222-4333-8444-555555555555",
            ),
            ("票eyJhbGciOi.eyJ9.x票", "eyJhbGciOi.eyJ9.x"),
        ] {
            assert_eq!(found(text), [secret], "{text}");
        }
    }

    #[test]
    fn words_are_not() {
        for text in [
            "Tea at 10:30, 3 cups.",
            "3.5 or 1/2 of 2026",
            "snake_case.rs: line 12",
            "",
        ] {
            assert!(find(text).is_empty(), "{text}");
        }
    }
}
