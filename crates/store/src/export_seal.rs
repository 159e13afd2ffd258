//! A file that is sealed with a passphrase: its form, the key and the cipher. Pure.
//!
//! A mark with a version, a salt, a nonce, then what XChaCha20-Poly1305 makes of the content
//! under a key that Argon2id makes of the passphrase. What it costs to make the key belongs to
//! the version, so that no file can ask for more. Takes a while, and blocks. Called by `accounts`.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};

const MARK: &[u8; 15] = b"flowgpt-export\n";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const HEAD_BYTES: usize = MARK.len() + 1 + SALT_BYTES + NONCE_BYTES;

/// What the key of version 1 costs: memory in KiB, and how often that is gone through.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;

/// How much chance sealing takes.
pub const EXPORT_CHANCE_BYTES: usize = SALT_BYTES + NONCE_BYTES;

/// A sealed file could not be made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// It is something else.
    #[error("this is no export of FlowGPT")]
    NotAnExport,
    /// It was made by a newer version.
    #[error("this export was made by a newer version of FlowGPT; import it with that one")]
    Newer,
    /// Another passphrase, or a changed byte: the two cannot be told apart.
    #[error("the passphrase is not the one of this export, or the file is damaged")]
    NotOpened,
    /// No memory for the key, or a content longer than the cipher takes.
    #[error("the export could not be sealed or opened; it takes 64 MiB of memory")]
    NoRoom,
}

/// Whether a file says that it is an export.
pub fn is_export(file: &[u8]) -> bool {
    file.starts_with(MARK)
}

/// Seals; `chance` must be new each time.
pub fn seal_export(
    passphrase: &SecretString,
    chance: &[u8; EXPORT_CHANCE_BYTES],
    content: &[u8],
) -> Result<Vec<u8>, ExportError> {
    let mut file = Vec::with_capacity(HEAD_BYTES + content.len() + 16);
    file.extend_from_slice(MARK);
    file.push(VERSION);
    file.extend_from_slice(chance);
    let (salt, nonce) = chance.split_at(SALT_BYTES);
    let nonce: &[u8; NONCE_BYTES] = nonce.try_into().map_err(|_| ExportError::NoRoom)?;
    let payload = Payload {
        msg: content,
        aad: &file,
    };
    let cipher = cipher(passphrase, salt)?;
    let sealed = cipher.encrypt(&XNonce::from(*nonce), payload);
    file.extend(sealed.map_err(|_| ExportError::NoRoom)?);
    Ok(file)
}

/// Opens what [`seal_export`] made.
pub fn open_export(passphrase: &SecretString, file: &[u8]) -> Result<Vec<u8>, ExportError> {
    let rest = file.strip_prefix(MARK).ok_or(ExportError::NotAnExport)?;
    match rest.first() {
        Some(&VERSION) => {}
        Some(_) => return Err(ExportError::Newer),
        None => return Err(ExportError::NotOpened),
    }
    let (head, sealed) = file
        .split_at_checked(HEAD_BYTES)
        .ok_or(ExportError::NotOpened)?;
    let (_, nonce) = head
        .split_last_chunk::<NONCE_BYTES>()
        .ok_or(ExportError::NotOpened)?;
    let salt = &head[MARK.len() + 1..HEAD_BYTES - NONCE_BYTES];
    let payload = Payload {
        msg: sealed,
        aad: head,
    };
    let opened = cipher(passphrase, salt)?.decrypt(&XNonce::from(*nonce), payload);
    opened.map_err(|_| ExportError::NotOpened)
}

fn cipher(passphrase: &SecretString, salt: &[u8]) -> Result<XChaCha20Poly1305, ExportError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| ExportError::NoRoom)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, &mut key)
        .map_err(|_| ExportError::NoRoom)?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{
        EXPORT_CHANCE_BYTES, ExportError, HEAD_BYTES, is_export, open_export, seal_export,
    };

    fn passphrase(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn sealed() -> Vec<u8> {
        let chance = [7; EXPORT_CHANCE_BYTES];
        seal_export(&passphrase("right"), &chance, b"a secret").unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_passphrase_only_and_shows_nothing() {
        let file = sealed();
        assert!(is_export(&file));
        assert!(!file.windows(6).any(|it| it == b"secret"));
        assert_eq!(
            open_export(&passphrase("right"), &file).unwrap(),
            b"a secret"
        );
        let wrong = open_export(&passphrase("wrong"), &file);
        assert_eq!(wrong, Err(ExportError::NotOpened));
    }

    #[test]
    fn a_changed_or_missing_byte_is_noticed() {
        let right = passphrase("right");
        let file = sealed();
        // The salt, the nonce, the content and the tag.
        for index in [16, 32, HEAD_BYTES, file.len() - 1] {
            let mut changed = file.clone();
            changed[index] ^= 1;
            assert_eq!(open_export(&right, &changed), Err(ExportError::NotOpened));
        }
        for length in [15, 16, HEAD_BYTES - 1, HEAD_BYTES, file.len() - 1] {
            let cut = open_export(&right, &file[..length]);
            assert_eq!(cut, Err(ExportError::NotOpened), "{length}");
        }
    }

    #[test]
    fn another_file_and_a_newer_version_are_told_apart() {
        let right = passphrase("right");
        assert!(!is_export(b"token.txt"));
        assert_eq!(open_export(&right, b"eyJ"), Err(ExportError::NotAnExport));
        let mut newer = sealed();
        newer[15] = 2;
        assert_eq!(open_export(&right, &newer), Err(ExportError::Newer));
    }
}
