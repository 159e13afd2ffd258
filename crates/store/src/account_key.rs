//! An account's key as text: 32 hex digits, in records and as their keys.

use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn to_hex(key: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(key))
}

fn from_hex(text: &str) -> Option<[u8; 16]> {
    let is_key = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let number = is_key.then(|| u128::from_str_radix(text, 16))?;
    number.ok().map(u128::to_be_bytes)
}

pub(crate) fn serialize<S: Serializer>(key: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_hex(*key))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[u8; 16], D::Error> {
    let text = String::deserialize(deserializer)?;
    from_hex(&text).ok_or_else(|| serde::de::Error::custom("an account is 32 hex digits"))
}
