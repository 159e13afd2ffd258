//! Tokens that say something and cannot be made up: a signature and what is said, in one word
//! that fits into an address.
//!
//! Used by `api` for links to files, and by `gateway` for where pages send and fetch them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Half of the hash is more than anybody can guess.
const SIGNATURE_BYTES: usize = 16;

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
    use super::TokenSigner;

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
