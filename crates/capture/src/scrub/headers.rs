//! Which headers a capture holds: a short list, each with the only values it may have.
//!
//! Everything else goes, names included. Called by `scrub`.

use std::collections::BTreeMap;

use super::word::looks_like_enum;

/// The headers a capture may hold.
const KEPT: [&str; 5] = [
    "accept",
    "cf-mitigated",
    "content-encoding",
    "content-type",
    "retry-after",
];

/// The headers that may stay.
pub(super) fn kept<'a>(
    headers: impl IntoIterator<Item = &'a (String, String)>,
) -> BTreeMap<String, String> {
    headers
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let value = plain(value)?;
            KEPT.contains(&name.as_str()).then_some((name, value))
        })
        .collect()
}

/// The value, when it is a number, a word or a media type; parameters other than the character
/// set go.
fn plain(value: &str) -> Option<String> {
    let mut parts = value.split(';').map(str::trim);
    let first = parts.next()?;
    let is_number = first.len() <= 6 && first.bytes().all(|byte| byte.is_ascii_digit());
    if !(is_number || first == "*/*" || looks_like_enum(first)) {
        return None;
    }
    let charset = parts.find(|part| part.to_ascii_lowercase().starts_with("charset="));
    Some(
        match charset.filter(|it| looks_like_enum(&it["charset=".len()..])) {
            Some(charset) => format!("{first}; {charset}"),
            None => first.to_owned(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn only_listed_headers_with_plain_values_stay() {
        let headers = [
            ("Content-Type", "text/event-stream; charset=utf-8"),
            ("Retry-After", "30"),
            ("Accept", "text/event-stream"),
            ("Set-Cookie", "a=b"),
            ("Authorization", "Bearer x"),
            ("CF-Ray", "8f-FRA"),
            ("cf-mitigated", "challenge from 10.0.0.1"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept: Vec<_> = kept(&headers).into_iter().collect();
        let expected = [
            ("accept", "text/event-stream"),
            ("content-type", "text/event-stream; charset=utf-8"),
            ("retry-after", "30"),
        ];
        assert_eq!(
            kept,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn boundaries_of_forms_go() {
        let form = [(
            "content-type".to_owned(),
            "multipart/form-data; boundary=x9".to_owned(),
        )];
        assert_eq!(kept(&form)["content-type"], "multipart/form-data");
    }
}
