//! Ids and opaque strings that look random and are not: each is a digest of what it stands for,
//! so that the same things have the same ids in every run. Not for secrets.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The SHA-256 of the parts, each closed by a zero byte.
pub(crate) fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().into()
}

/// The SHA-256 of a text as it is, in hexadecimal digits.
pub(crate) fn digest_of(text: &str) -> String {
    hex_of(&Sha256::digest(text))
}

/// A version 4 UUID made from the parts.
pub(crate) fn uuid(parts: &[&str]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest(parts)[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// Whether a text is a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}

/// Lowercase hexadecimal digits made from the parts, at most 64.
pub(crate) fn hex(parts: &[&str], length: usize) -> String {
    let mut text = hex_of(&digest(parts));
    text.truncate(length);
    text
}

/// Bytes as lowercase hexadecimal digits.
pub(crate) fn hex_of(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .collect()
}

/// An opaque token such as the sentinel's: the usual prefix and some 100 characters.
pub(crate) fn opaque(parts: &[&str]) -> String {
    let first = digest(parts);
    let body = [first, digest(&[&STANDARD.encode(first)])].concat();
    format!("gAAAAAB{}", URL_SAFE_NO_PAD.encode(body))
}

/// A number made from a text.
pub(crate) fn number(text: &str) -> u64 {
    digest(&[text])[..8]
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
