//! Gateway keys: what a caller shows to use the pool. Kept as hashes, compared in constant time.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The keys of `AUTHORIZATION`.
#[derive(Debug, Default)]
pub struct GatewayKeys {
    hashes: Vec<[u8; 32]>,
}

impl GatewayKeys {
    /// Keys from the settings.
    pub fn new(keys: &[SecretString]) -> Self {
        let hashes = keys.iter().map(|key| hash(key.expose_secret())).collect();
        Self { hashes }
    }

    /// Whether `presented` is a key; takes as long whether it is or not.
    pub fn contains(&self, presented: &str) -> bool {
        let presented = hash(presented);
        let any = self
            .hashes
            .iter()
            .fold(Choice::from(0), |any, known| any | known.ct_eq(&presented));
        any.into()
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::GatewayKeys;

    #[test]
    fn only_whole_keys_are_keys() {
        let keys = GatewayKeys::new(&["first".into(), "second".into()]);
        assert!(keys.contains("first") && keys.contains("second"));
        for other in ["", "firs", "first ", "FIRST", "first,second"] {
            assert!(!keys.contains(other), "{other}");
        }
    }
}
