//! Tokens that say something and cannot be made up: a signature and what is said, in one word
//! that fits into an address.
//!
//! Used by `api` for links to files, and by `gateway` for where pages send and fetch them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Half of the hash is more than anybody can guess.
const SIGNATURE_BYTES: usize = 16;

const NONCE_BYTES: usize = 24;

/// What the key for sealing is made of.
const SEALING: &[u8] = b"key for sealing";

/// Signs and checks.
#[derive(Clone)]
pub struct TokenSigner {
    key: [u8; 32],
    /// What the tokens are for, so that one kind is never taken for another.
    purpose: &'static str,
}

impl TokenSigner {
    /// Signs with a key; one that has no purpose signs what is said and nothing else.
    pub fn new(key: [u8; 32], purpose: &'static str) -> Self {
        Self { key, purpose }
    }

    /// The token that says this.
    pub fn sign(&self, said: &impl Serialize) -> String {
        // Writing bytes and numbers into memory cannot fail.
        let payload = postcard::to_stdvec(said).unwrap_or_default();
        let mut signature = [0; SIGNATURE_BYTES];
        if let Some(mac) = self.mac(&payload) {
            signature.copy_from_slice(&mac.finalize().into_bytes()[..SIGNATURE_BYTES]);
        }
        URL_SAFE_NO_PAD.encode([&signature[..], &payload].concat())
    }

    /// What a token says, if it was signed here.
    pub fn read<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let signed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signature, payload) = signed.split_at_checked(SIGNATURE_BYTES)?;
        self.mac(payload)?.verify_truncated_left(signature).ok()?;
        postcard::from_bytes(payload).ok()
    }

    /// A token whose bearer cannot read what it says.
    pub fn seal(&self, said: &impl Serialize) -> Option<String> {
        let payload = postcard::to_stdvec(said).ok()?;
        // Made of what is sealed, so that no two texts ever share a nonce.
        let digest = self.mac(&payload)?.finalize().into_bytes();
        let (nonce, _) = digest.split_first_chunk::<NONCE_BYTES>()?;
        let sealed = self
            .cipher()?
            .encrypt(&XNonce::from(*nonce), &payload[..])
            .ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// What a sealed token says, if it was sealed here.
    pub fn open<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = self.cipher()?.decrypt(&XNonce::from(*nonce), sealed).ok()?;
        postcard::from_bytes(&payload).ok()
    }

    /// With a key of its own, so that a seal and a signature have nothing in common.
    fn cipher(&self) -> Option<XChaCha20Poly1305> {
        let key = self.mac(SEALING)?.finalize().into_bytes();
        XChaCha20Poly1305::new_from_slice(&key).ok()
    }

    /// HMAC takes keys of every length.
    fn mac(&self, payload: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(self.purpose.as_bytes());
        mac.update(payload);
        Some(mac)
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSigner")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::TokenSigner;

    #[test]
    fn what_is_sealed_is_read_here_and_nowhere_else() {
        let signer = TokenSigner::new([1; 32], "transfer");
        let token = signer.seal(&"wss://host/?verify=secret").unwrap();
        let opened: Option<String> = signer.open(&token);
        assert_eq!(opened.as_deref(), Some("wss://host/?verify=secret"));
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        assert!(!bytes.windows(6).any(|it| it == b"verify"));
        assert_eq!(
            TokenSigner::new([2; 32], "transfer").open::<String>(&token),
            None
        );
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(signer.open::<String>(&changed), None);
        }
    }

    #[test]
    fn only_what_was_signed_here_for_the_same_purpose_is_read() {
        let signer = TokenSigner::new([1; 32], "upload");
        let token = signer.sign(&("a", 7_u8));
        assert_eq!(signer.read(&token), Some(("a".to_owned(), 7_u8)));
        for other in [
            TokenSigner::new([2; 32], "upload"),
            TokenSigner::new([1; 32], ""),
        ] {
            assert_eq!(other.read::<(String, u8)>(&token), None);
        }
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(signer.read::<(String, u8)>(&changed), None);
        }
    }
}
