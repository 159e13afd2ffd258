//! The keys of `AUTHORIZATION`.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::caller::owner_id;

/// Which key of `AUTHORIZATION` a caller showed; the key itself cannot be told from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; 16]);

#[derive(Debug, Default)]
pub(super) struct FixedKeys {
    hashes: Vec<[u8; 32]>,
    ids: Vec<KeyId>,
}

impl FixedKeys {
    pub(super) fn new(keys: &[SecretString]) -> Self {
        let hashes = keys.iter().map(|key| hash(key.expose_secret())).collect();
        let ids = keys.iter().map(|key| KeyId::of(key.expose_secret()));
        Self {
            hashes,
            ids: ids.collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Looks at all keys either way.
    pub(super) fn identify(&self, presented: &SecretString) -> Option<KeyId> {
        let presented = presented.expose_secret();
        let hashed = hash(presented);
        let any = self
            .hashes
            .iter()
            .fold(Choice::from(0), |any, known| any | known.ct_eq(&hashed));
        bool::from(any).then(|| KeyId::of(presented))
    }

    pub(super) fn has_owner(&self, owner: &str) -> bool {
        self.ids.iter().any(|id| owner_id(id.0) == owner)
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
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{FixedKeys, KeyId};
    use crate::caller::owner_id;

    #[test]
    fn only_whole_keys_are_keys() {
        let keys = FixedKeys::new(&["first".into(), "second".into()]);
        for key in ["first", "second"] {
            assert_eq!(keys.identify(&key.into()), Some(KeyId::of(key)));
        }
        for other in ["", "firs", "first ", "FIRST", "first,second"] {
            assert_eq!(keys.identify(&other.into()), None, "{other}");
        }
    }

    #[test]
    fn each_key_has_an_owner_id_of_its_own_that_stays_and_does_not_show_it() {
        assert_eq!(
            owner_id(KeyId::of("sk-key").bytes()),
            "8c0a0444f24a50d6754dbcca02120114"
        );
        assert_ne!(KeyId::of("first"), KeyId::of("second"));
        let hash = Sha256::digest("first");
        assert_ne!(KeyId::of("first").bytes(), hash[..16]);
    }
}
