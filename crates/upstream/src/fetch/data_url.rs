//! Reads `data:` URLs (RFC 2397): content that a caller wrote into the URL itself.
//!
//! Pure: nothing is fetched. As tolerant as browsers are about base64 (padding, white space)
//! and about parameters. Called by whoever reads pictures and files in messages.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;

use super::Fetched;
use super::description::{clean_mime, clean_name};

/// What RFC 2397 says when the URL names no media type.
const DEFAULT_MIME: &str = "text/plain";

/// Media type and parameters may take this much.
const MAX_HEAD_BYTES: usize = 1024;

/// With padding or without, and whatever the bits say that nothing is left of.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Why a text is not a `data:` URL that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDataUrl {
    /// It does not begin with `data:`.
    #[error("this is not a data: URL; give one such as data:image/png;base64,AAAA")]
    Scheme,
    /// There is no comma.
    #[error("the data: URL has no comma before its content; put one there")]
    NoComma,
    /// What stands before the comma is too long to be a media type and parameters.
    #[error("the data: URL has more than {max_bytes} bytes before its comma; shorten them")]
    HeadTooLong {
        /// How long it may be.
        max_bytes: usize,
    },
    /// What stands before the comma does not begin with a media type.
    #[error("the data: URL names no proper media type; give one such as image/png")]
    MediaType,
    /// The content is not base64.
    #[error("the content of the data: URL is not base64 as it says; encode it again")]
    Base64,
    /// The content is too large.
    #[error("the content of the data: URL is larger than {max_bytes} bytes; give a smaller one")]
    TooLarge {
        /// How large it may be, decoded.
        max_bytes: usize,
    },
}

/// Whether `text` is meant as a `data:` URL.
pub fn is_data_url(text: &str) -> bool {
    strip_scheme(text).is_some()
}

/// Reads a `data:` URL whose content is no larger than `max_bytes`.
///
/// The name is that of a parameter `name` or `filename`, which some clients add.
pub fn parse_data_url(text: &str, max_bytes: usize) -> Result<Fetched, InvalidDataUrl> {
    let rest = strip_scheme(text).ok_or(InvalidDataUrl::Scheme)?;
    let (head, content) = rest.split_once(',').ok_or(InvalidDataUrl::NoComma)?;
    if head.len() > MAX_HEAD_BYTES {
        return Err(InvalidDataUrl::HeadTooLong {
            max_bytes: MAX_HEAD_BYTES,
        });
    }
    let head = Head::parse(head)?;
    let (content, _fragment) = content.split_once('#').unwrap_or((content, ""));
    let bytes = if head.is_base64 {
        from_base64(content, max_bytes)?
    } else {
        from_percent(content, max_bytes)?.into_owned()
    };
    Ok(Fetched {
        bytes: bytes.into(),
        mime: Some(head.mime),
        name: head.name,
    })
}

fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.trim_ascii().split_once(':')?;
    scheme.eq_ignore_ascii_case("data").then_some(rest)
}

/// What stands before the comma.
struct Head {
    mime: String,
    name: Option<String>,
    is_base64: bool,
}

impl Head {
    fn parse(text: &str) -> Result<Self, InvalidDataUrl> {
        let mut parts = text.split(';').map(str::trim_ascii);
        let mime = match parts.next() {
            None | Some("") => DEFAULT_MIME.to_owned(),
            Some(mime) => clean_mime(mime).ok_or(InvalidDataUrl::MediaType)?,
        };
        let mut head = Self {
            mime,
            name: None,
            is_base64: false,
        };
        for part in parts {
            match part.split_once('=') {
                None if part.eq_ignore_ascii_case("base64") => head.is_base64 = true,
                Some((key, value))
                    if key.eq_ignore_ascii_case("name") || key.eq_ignore_ascii_case("filename") =>
                {
                    let value = percent_decode(value.trim_matches('"').as_bytes());
                    let value = value.decode_utf8().unwrap_or_default();
                    head.name = head.name.or_else(|| clean_name(&value));
                }
                _ => {}
            }
        }
        Ok(head)
    }
}

/// Undoes percent-encoding; does not copy what has none.
fn from_percent(content: &str, max_bytes: usize) -> Result<Cow<'_, [u8]>, InvalidDataUrl> {
    let too_large = InvalidDataUrl::TooLarge { max_bytes };
    // Three bytes become one at most.
    if content.len() / 3 > max_bytes {
        return Err(too_large);
    }
    let decoded: Cow<'_, [u8]> = percent_decode(content.as_bytes()).into();
    if decoded.len() > max_bytes {
        return Err(too_large);
    }
    Ok(decoded)
}

fn from_base64(content: &str, max_bytes: usize) -> Result<Vec<u8>, InvalidDataUrl> {
    // Both undoings only shorten, and base64 shortens by a quarter: this bounds the work.
    let max_encoded = max_bytes.div_ceil(3).saturating_mul(4);
    let mut encoded = from_percent(content, max_encoded.saturating_mul(2))
        .map_err(|_| InvalidDataUrl::TooLarge { max_bytes })?;
    if encoded.iter().any(u8::is_ascii_whitespace) {
        encoded.to_mut().retain(|it| !it.is_ascii_whitespace());
    }
    if encoded.len() > max_encoded {
        return Err(InvalidDataUrl::TooLarge { max_bytes });
    }
    let bytes = BASE64.decode(encoded).map_err(|_| InvalidDataUrl::Base64)?;
    if bytes.len() > max_bytes {
        return Err(InvalidDataUrl::TooLarge { max_bytes });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{BASE64, InvalidDataUrl, is_data_url, parse_data_url};
    use base64::Engine;

    const LIMIT: usize = 100;

    #[rstest]
    #[case("data:image/png;base64,aGVsbG8=", "image/png", b"hello")]
    #[case("data:image/png;base64,aGVsbG8", "image/png", b"hello")]
    #[case("DATA:Image/PNG;BASE64,aGVsbG8=", "image/png", b"hello")]
    #[case(" data:image/png;base64,aGVs\n bG8= ", "image/png", b"hello")]
    #[case("data:image/png;base64,aGVsbG8%3D", "image/png", b"hello")]
    #[case("data:image/png;base64,%2B%2F%2B%2F", "image/png", b"\xfb\xff\xbf")]
    #[case("data:image/png;base64,aGVsbG9=", "image/png", b"hello")]
    #[case("data:text/html;charset=utf-8,a%20b%2c%E7%8C%AB", "text/html", "a b,猫".as_bytes())]
    #[case("data:text/html;charset=utf-8;base64,PGI+", "text/html", b"<b>")]
    #[case("data:,a,b", "text/plain", b"a,b")]
    #[case("data:;base64,", "text/plain", b"")]
    #[case("data:;charset=x,", "text/plain", b"")]
    #[case("data:text/plain,100%", "text/plain", b"100%")]
    #[case("data:text/plain,a#b", "text/plain", b"a")]
    #[case("data:text/plain;base64;x=y,aGVsbG8=", "text/plain", b"hello")]
    fn content_and_media_type_are_read(
        #[case] url: &str,
        #[case] mime: &str,
        #[case] content: &[u8],
    ) {
        let read = parse_data_url(url, LIMIT).unwrap();
        assert_eq!(read.bytes, content);
        assert_eq!(read.mime.as_deref(), Some(mime));
        assert_eq!(read.name, None);
    }

    #[rstest]
    #[case("data:application/pdf;name=a%20b.pdf;base64,aGVsbG8=", "a b.pdf")]
    #[case("data:application/pdf;filename=\"../c.pdf\";base64,aGVsbG8=", "c.pdf")]
    fn a_name_among_the_parameters_is_kept(#[case] url: &str, #[case] name: &str) {
        let read = parse_data_url(url, LIMIT).unwrap();
        assert_eq!(read.name.as_deref(), Some(name));
    }

    #[rstest]
    #[case("https://a.example/", InvalidDataUrl::Scheme)]
    #[case("aGVsbG8=", InvalidDataUrl::Scheme)]
    #[case("data:image/png;base64", InvalidDataUrl::NoComma)]
    #[case("data:base64,aGVsbG8=", InvalidDataUrl::MediaType)]
    #[case("data:image/p ng;base64,aGVsbG8=", InvalidDataUrl::MediaType)]
    #[case("data:image/png;base64,aGVsbG8*", InvalidDataUrl::Base64)]
    #[case("data:image/png;base64,a", InvalidDataUrl::Base64)]
    #[case("data:image/png;base64,aGVs=bG8", InvalidDataUrl::Base64)]
    #[case("data:image/png;base64,<html>", InvalidDataUrl::Base64)]
    fn what_is_wrong_is_said(#[case] url: &str, #[case] reason: InvalidDataUrl) {
        assert_eq!(parse_data_url(url, LIMIT), Err(reason));
    }

    #[test]
    fn a_long_head_is_refused() {
        let url = format!("data:text/plain;{},", "x".repeat(2000));
        let refused = InvalidDataUrl::HeadTooLong { max_bytes: 1024 };
        assert_eq!(parse_data_url(&url, LIMIT), Err(refused));
    }

    #[test]
    fn content_may_be_as_large_as_the_limit_and_no_larger() {
        let too_large = Err(InvalidDataUrl::TooLarge { max_bytes: LIMIT });
        for (size, is_allowed) in [(LIMIT, true), (LIMIT + 1, false), (LIMIT * 9, false)] {
            let content = vec![0; size];
            for url in [
                format!("data:;base64,{}", BASE64.encode(&content)),
                format!("data:,{}", "%00".repeat(size)),
                format!("data:,{}", "x".repeat(size)),
            ] {
                let read = parse_data_url(&url, LIMIT).map(|it| it.bytes.len());
                if is_allowed {
                    assert_eq!(read, Ok(size));
                } else {
                    assert_eq!(read, too_large);
                }
            }
        }
    }

    #[test]
    fn a_data_url_is_told_by_its_scheme() {
        assert!(is_data_url("Data:,"));
        assert!(!is_data_url("https://a.example/data:,"));
        assert!(!is_data_url("data"));
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(content: Vec<u8>, is_padded: bool) {
            let mut encoded = BASE64.encode(&content);
            if !is_padded {
                encoded.truncate(encoded.trim_end_matches('=').len());
            }
            let read = parse_data_url(&format!("data:a/b;base64,{encoded}"), 1 << 20).unwrap();
            prop_assert_eq!(read.bytes, content);
        }

        #[test]
        fn no_text_makes_it_fall(text in "data:[a-z/;=]{0,20},?.{0,40}") {
            let _ = parse_data_url(&text, 16);
        }
    }
}
