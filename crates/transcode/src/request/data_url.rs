//! Files inside a body: `data:` URLs (RFC 2397) and plain base64.
//!
//! Called while the parts of a message are read. The size is bounded by the body's own limit.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use percent_encoding::percent_decode_str;

/// What clients write: with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why inline data cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidData {
    /// No comma ends the type.
    #[error("the data URL has no comma; write data:TYPE;base64,DATA")]
    NoComma,
    /// The data is not base64.
    #[error("the data is not valid base64")]
    NotBase64,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
}

/// Whether a text is a `data:` URL.
pub(super) fn is_data_url(text: &str) -> bool {
    text.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The bytes of a `data:` URL and the type it states.
pub(super) fn decode(url: &str) -> Result<(Bytes, Option<String>), InvalidData> {
    let (head, data) = url
        .get(5..)
        .and_then(|rest| rest.split_once(','))
        .ok_or(InvalidData::NoComma)?;
    let mut words = head.split(';').map(str::trim);
    let mime = words.next().filter(|mime| mime.contains('/'));
    let is_base64 = head
        .rsplit(';')
        .next()
        .is_some_and(|word| word.trim().eq_ignore_ascii_case("base64"));
    let bytes = if is_base64 {
        from_base64(data)?
    } else {
        not_empty(percent_decode_str(data).collect())?
    };
    Ok((bytes, mime.map(str::to_ascii_lowercase)))
}

/// The bytes of plain base64; line breaks inside are passed over.
pub(super) fn from_base64(data: &str) -> Result<Bytes, InvalidData> {
    let is_broken = data.contains(['\n', '\r', ' ', '%']);
    let decoded = if is_broken {
        let plain: Vec<u8> = percent_decode_str(data)
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        BASE64.decode(plain)
    } else {
        BASE64.decode(data)
    };
    not_empty(decoded.map_err(|_| InvalidData::NotBase64)?)
}

fn not_empty(bytes: Vec<u8>) -> Result<Bytes, InvalidData> {
    if bytes.is_empty() {
        return Err(InvalidData::Empty);
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::{InvalidData, decode, from_base64, is_data_url};

    #[test]
    fn types_padding_line_breaks_and_percent_signs_are_as_clients_write_them() {
        for (url, bytes, mime) in [
            ("data:image/PNG;base64,aGk=", "hi", Some("image/png")),
            (
                "DATA:text/plain;charset=utf-8;base64,aGk",
                "hi",
                Some("text/plain"),
            ),
            ("data:;base64,aG\nk=", "hi", None),
            ("data:image/png;base64,aGk%3D", "hi", Some("image/png")),
            ("data:,a%20b,c", "a b,c", None),
        ] {
            assert!(is_data_url(url));
            let (read, stated) = decode(url).unwrap();
            assert_eq!(
                (&*read, stated.as_deref()),
                (bytes.as_bytes(), mime),
                "{url}"
            );
        }
        assert!(!is_data_url("https://x/data:"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(decode("data:image/png;base64"), Err(InvalidData::NoComma));
        assert_eq!(
            decode("data:image/png;base64,@@"),
            Err(InvalidData::NotBase64)
        );
        assert_eq!(decode("data:,"), Err(InvalidData::Empty));
        assert_eq!(from_base64("aGk=="), Err(InvalidData::NotBase64));
    }
}
