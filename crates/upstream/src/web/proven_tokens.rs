//! Tokens that upstream has accepted lately.
//!
//! Nobody here can verify a token's claims, so before something that is kept here is given to
//! whom a token claims to be, upstream is asked. What it said is remembered for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::call::Call;
use crate::failure::Failure;

/// Any answer but an error will do.
const PATH: &str = "/backend-api/me";

/// How long upstream's word is taken.
const FRESH: Duration = Duration::from_mins(10);

/// More tokens than this and the memory starts anew.
const MAX_TOKENS: usize = 10_000;

/// The tokens known.
#[derive(Debug, Default)]
pub(super) struct ProvenTokens {
    known: Mutex<HashMap<[u8; 16], Instant>>,
}

impl ProvenTokens {
    /// Fails unless upstream accepts the token.
    pub(super) async fn prove(&self, call: &Call) -> Result<(), Failure> {
        let key = call.credential.token_key();
        if self.is_known(key) {
            return Ok(());
        }
        let _who: Value = call.get_json(PATH).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_TOKENS {
            known.clear();
        }
        known.insert(key, Instant::now());
        Ok(())
    }

    fn is_known(&self, key: [u8; 16]) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).is_some_and(|since| since.elapsed() < FRESH)
    }
}
