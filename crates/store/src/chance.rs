//! Chance, given by whoever builds the program, so that tests can set it.

use std::fmt;
use std::io;
use std::sync::Arc;

type Fill = dyn Fn(&mut [u8]) -> io::Result<()> + Send + Sync;

/// Fills bytes with what nobody can guess.
#[derive(Clone)]
pub struct Chance(Arc<Fill>);

impl Chance {
    /// Chance from `fill`, which has to be fit for secrets.
    pub fn new(fill: impl Fn(&mut [u8]) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// So many bytes of it.
    pub fn bytes<const N: usize>(&self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

#[cfg(test)]
impl Chance {
    /// Counts, and looks nothing like a count.
    pub(crate) fn counting() -> Self {
        use sha2::{Digest, Sha256};
        let count = std::sync::atomic::AtomicU64::new(0);
        Self::new(move |bytes| {
            let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let digest: [u8; 32] = Sha256::digest(count.to_be_bytes()).into();
            bytes.copy_from_slice(&digest[..bytes.len()]);
            Ok(())
        })
    }
}
