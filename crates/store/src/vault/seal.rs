//! One sealed value: its form, and the cipher. Pure.
//!
//! Version, key id, nonce, then what XChaCha20-Poly1305 makes of the secret, with the place
//! as associated data.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::Place;

pub(crate) const NONCE_BYTES: usize = 24;
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 1 + 4 + NONCE_BYTES;

/// Tells data keys apart; the newest has the highest.
pub(crate) type KeyId = u32;

/// A key; never shown.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Seals; `None` only when the secret is longer than the cipher takes.
pub(crate) fn seal(
    id: KeyId,
    key: &Key,
    nonce: [u8; NONCE_BYTES],
    place: Place<'_>,
    secret: &[u8],
) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: secret,
        aad: &associated(place, id),
    };
    let sealed = key.cipher().encrypt(&XNonce::from(nonce), payload).ok()?;
    let mut bytes = Vec::with_capacity(HEAD_BYTES + sealed.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&id.to_be_bytes());
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Some(bytes)
}

/// Which key a value was sealed with.
pub(crate) fn key_id(sealed: &[u8]) -> Option<KeyId> {
    let (version, rest) = sealed.split_first()?;
    let id = rest.first_chunk::<4>()?;
    (*version == VERSION).then(|| KeyId::from_be_bytes(*id))
}

/// Opens; `None` for another key, another place, or a changed byte.
pub(crate) fn unseal(key: &Key, place: Place<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
    let id = key_id(sealed)?;
    let (nonce, sealed) = sealed.get(5..)?.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload {
        msg: sealed,
        aad: &associated(place, id),
    };
    key.cipher().decrypt(&XNonce::from(*nonce), payload).ok()
}

fn associated(place: Place<'_>, id: KeyId) -> Vec<u8> {
    format!("flowgpt|{VERSION}|{}|{}|{id}", place.column, place.row).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Key, Place, key_id, seal, unseal};

    const PLACE: Place<'_> = Place {
        column: "credential.refresh",
        row: "a",
    };

    fn sealed() -> Vec<u8> {
        seal(7, &Key::new([1; 32]), [2; 24], PLACE, b"secret").unwrap()
    }

    #[test]
    fn what_is_sealed_opens_at_its_place_with_its_key_and_nowhere_else() {
        let key = Key::new([1; 32]);
        let sealed = sealed();
        assert_eq!(key_id(&sealed), Some(7));
        assert_eq!(unseal(&key, PLACE, &sealed).unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|it| it == b"secret"));
        assert_eq!(unseal(&Key::new([3; 32]), PLACE, &sealed), None);
        let other_row = Place { row: "b", ..PLACE };
        assert_eq!(unseal(&key, other_row, &sealed), None);
        let other_column = Place {
            column: "credential.access",
            ..PLACE
        };
        assert_eq!(unseal(&key, other_column, &sealed), None);
    }

    #[test]
    fn a_changed_or_missing_byte_anywhere_is_noticed() {
        let key = Key::new([1; 32]);
        for index in 0..sealed().len() {
            let mut changed = sealed();
            changed[index] ^= 1;
            assert_eq!(unseal(&key, PLACE, &changed), None, "byte {index}");
            assert_eq!(unseal(&key, PLACE, &sealed()[..index]), None);
        }
    }
}
