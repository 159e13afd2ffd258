//! Gateway keys: what a caller shows to use the pool. Kept as hashes, compared in constant time.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Which gateway key a caller showed; the key itself cannot be told from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; 16]);

/// The keys of `AUTHORIZATION`.
#[derive(Debug, Default)]
pub struct GatewayKeys {
    hashes: Vec<[u8; 32]>,
    ids: Vec<KeyId>,
}

impl GatewayKeys {
    /// Keys from the settings.
    pub fn new(keys: &[SecretString]) -> Self {
        let hashes = keys.iter().map(|key| hash(key.expose_secret())).collect();
        let ids = keys.iter().map(|key| KeyId::of(key.expose_secret()));
        Self {
            hashes,
            ids: ids.collect(),
        }
    }

    /// Which key `presented` is, if it is one; looks at all keys either way.
    pub fn identify(&self, presented: &str) -> Option<KeyId> {
        let hashed = hash(presented);
        let any = self
            .hashes
            .iter()
            .fold(Choice::from(0), |any, known| any | known.ct_eq(&hashed));
        bool::from(any).then(|| KeyId::of(presented))
    }
}

impl GatewayKeys {
    /// Whether one of the keys belongs to the caller with this owner id.
    pub fn has_owner(&self, owner_id: &str) -> bool {
        self.ids.iter().any(|id| id.owner_id() == owner_id)
    }
}

impl KeyId {
    /// The same for the same key, in every run.
    pub fn of(key: &str) -> Self {
        let hash = Sha256::new().chain_update("key").chain_update(key);
        let hash: [u8; 32] = hash.finalize().into();
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        Self(first)
    }

    pub(crate) fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn owner_id(self) -> String {
        owner_id(self.0)
    }
}

/// How an owner is written.
pub(crate) fn owner_id(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{GatewayKeys, KeyId};

    #[test]
    fn only_whole_keys_are_keys() {
        let keys = GatewayKeys::new(&["first".into(), "second".into()]);
        for key in ["first", "second"] {
            assert_eq!(keys.identify(key), Some(KeyId::of(key)));
        }
        for other in ["", "firs", "first ", "FIRST", "first,second"] {
            assert_eq!(keys.identify(other), None, "{other}");
        }
    }

    #[test]
    fn each_key_has_an_id_of_its_own_that_does_not_show_it() {
        assert_ne!(KeyId::of("first"), KeyId::of("second"));
        let hash = Sha256::digest("first");
        assert_ne!(KeyId::of("first").bytes(), hash[..16]);
    }
}
