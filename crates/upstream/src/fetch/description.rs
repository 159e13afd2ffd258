//! What an answer says about its content: the media type, and a name for it as a file.
//!
//! A server may claim what it likes, so both are cleaned and neither is to be trusted with
//! more than being shown or passed on. Pure; called by `fetch`.

use http::{HeaderMap, HeaderValue, header};
use percent_encoding::percent_decode_str;
use url::Url;

/// A file name is cut to this.
const MAX_NAME_BYTES: usize = 200;

/// An ending of this length is kept when a name is cut.
const MAX_EXTENSION_BYTES: usize = 16;

/// A longer media type is none.
const MAX_MIME_BYTES: usize = 127;

/// The media type, in lower case and without parameters.
pub(super) fn mime(headers: &HeaderMap) -> Option<String> {
    clean_mime(headers.get(header::CONTENT_TYPE)?.to_str().ok()?)
}

/// A media type as it should be: `type/subtype`, each a token of RFC 9110, in lower case.
pub(super) fn clean_mime(text: &str) -> Option<String> {
    let essence = text.split(';').next()?.trim();
    let (kind, subtype) = essence.split_once('/')?;
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it))
    };
    let is_mime = essence.len() <= MAX_MIME_BYTES && is_token(kind) && is_token(subtype);
    is_mime.then(|| essence.to_ascii_lowercase())
}

/// The name in Content-Disposition, or the last part of the URL's path.
pub(super) fn name(headers: &HeaderMap, url: &Url) -> Option<String> {
    headers
        .get(header::CONTENT_DISPOSITION)
        .and_then(disposition_name)
        .or_else(|| {
            let last = url.path_segments()?.next_back()?;
            clean_name(&percent_decode_str(last).decode_utf8().ok()?)
        })
}

/// The name in a Content-Disposition (RFC 6266): `filename*` before `filename`.
fn disposition_name(value: &HeaderValue) -> Option<String> {
    // Many servers send UTF-8 as it is, which `to_str` would refuse.
    let text = std::str::from_utf8(value.as_bytes()).ok()?;
    let mut plain = None;
    let mut extended = None;
    let (_, mut rest) = text.split_once(';')?;
    while let Some((key, value)) = next_parameter(&mut rest) {
        match key.as_str() {
            "filename" => plain = plain.or_else(|| clean_name(&value)),
            "filename*" => extended = extended.or_else(|| clean_name(&extended_value(&value)?)),
            _ => {}
        }
    }
    extended.or(plain)
}

/// Takes `key=value` or `key="value"` off the front, with the semicolon behind it.
fn next_parameter(rest: &mut &str) -> Option<(String, String)> {
    let (key, behind) = rest.split_once('=')?;
    let key = key.trim_matches([' ', '\t', ';']).to_ascii_lowercase();
    let behind = behind.trim_start();
    let Some(quoted) = behind.strip_prefix('"') else {
        let (value, after) = behind.split_once(';').unwrap_or((behind, ""));
        *rest = after;
        return Some((key, value.trim().to_owned()));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    *rest = "";
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let after = &quoted[at + 1..];
                *rest = after.split_once(';').map_or("", |(_, after)| after);
                break;
            }
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            _ => value.push(letter),
        }
    }
    Some((key, value))
}

/// `UTF-8'language'percent-encoded` of RFC 8187.
fn extended_value(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// A name that is one part of a path, without what cannot be seen, and not too long.
pub(super) fn clean_name(text: &str) -> Option<String> {
    let last = text.rsplit(['/', '\\']).next()?;
    let visible: String = last.chars().filter(|it| !is_invisible(*it)).collect();
    let name = visible.trim();
    if name.trim_matches('.').is_empty() {
        return None;
    }
    if name.len() <= MAX_NAME_BYTES {
        return Some(name.to_owned());
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, end)) if end.len() <= MAX_EXTENSION_BYTES => (stem, &name[stem.len()..]),
        _ => (name, ""),
    };
    let room = stem.floor_char_boundary(MAX_NAME_BYTES - extension.len());
    Some(format!("{}{extension}", &stem[..room]))
}

/// Control characters, and those that turn the direction of writing around.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{clean_mime, clean_name, name};

    fn named(disposition: &str, url: &str) -> Option<String> {
        let value = HeaderValue::from_bytes(disposition.as_bytes()).unwrap();
        let headers = HeaderMap::from_iter([(header::CONTENT_DISPOSITION, value)]);
        name(&headers, &url.parse().unwrap())
    }

    #[test]
    fn the_name_is_the_one_in_the_disposition() {
        let url = "https://a.example/b.png";
        for (disposition, expected) in [
            ("attachment; filename=cat.png", "cat.png"),
            ("inline; filename=\"a cat.png\"; size=5", "a cat.png"),
            (
                "attachment; filename=\"a;b=\\\"c\\\".png\"",
                "a;b=\"c\".png",
            ),
            ("attachment; filename=\"猫.png\"", "猫.png"),
            (
                "attachment; filename=cat.png; filename*=UTF-8''%e7%8c%ab.png",
                "猫.png",
            ),
            (
                "attachment; filename*=utf-8'en'%E2%82%AC%20rates; filename=x",
                "€ rates",
            ),
            ("attachment; FileName = cat.png", "cat.png"),
            ("attachment; filename=\"../../etc/passwd\"", "passwd"),
            ("attachment; filename=\"C:\\\\windows\\\\a.exe\"", "a.exe"),
        ] {
            assert_eq!(
                named(disposition, url).as_deref(),
                Some(expected),
                "{disposition}"
            );
        }
    }

    #[test]
    fn without_one_it_is_the_end_of_the_path() {
        for disposition in [
            "inline",
            "attachment; filename=",
            "attachment; filename=\"..\"",
            "attachment; filename*=utf-8''%ff",
            "attachment; filename*=koi8-r''a",
            ";;=;",
            "attachment; filename=\"",
        ] {
            let name = named(disposition, "https://a.example/b/c%20d.png?e=f#g");
            assert_eq!(name.as_deref(), Some("c d.png"), "{disposition}");
        }
        for url in [
            "https://a.example/",
            "https://a.example/b/",
            "https://a.example/%ff",
        ] {
            assert_eq!(named("inline", url), None, "{url}");
        }
        let slash = named("inline", "https://a.example/b/..%2f..%2fpasswd");
        assert_eq!(slash.as_deref(), Some("passwd"));
    }

    #[test]
    fn a_name_holds_nothing_unseen() {
        assert_eq!(
            clean_name(" a\u{202e}gnp\r\n.exe\0 ").as_deref(),
            Some("agnp.exe")
        );
        assert_eq!(clean_name("\u{200f}"), None);
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = format!("{}.png", "猫".repeat(100));
        let name = clean_name(&long).unwrap();
        assert_eq!(name, format!("{}.png", "猫".repeat(65)));
        let name = clean_name(&"x".repeat(300)).unwrap();
        assert_eq!(name.len(), 200);
        let name = clean_name(&format!("x.{}", "y".repeat(300))).unwrap();
        assert_eq!(name.len(), 200);
    }

    #[test]
    fn a_media_type_is_bare_and_in_lower_case() {
        for (text, expected) in [
            ("image/PNG", Some("image/png")),
            (" text/html ; charset=utf-8", Some("text/html")),
            ("application/vnd.a+json", Some("application/vnd.a+json")),
            ("image", None),
            ("image/", None),
            ("image/p ng", None),
            ("a/b/c", None),
            ("", None),
        ] {
            assert_eq!(clean_mime(text).as_deref(), expected, "{text}");
        }
    }
}
