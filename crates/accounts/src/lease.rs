//! The right to use one account for one attempt. Dropping it gives it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use upstream::Credential;

/// One account, for one attempt.
#[derive(Debug)]
pub struct Lease {
    credential: Credential,
    leased: Arc<AtomicUsize>,
}

impl Lease {
    pub(crate) fn new(credential: Credential, leased: Arc<AtomicUsize>) -> Self {
        leased.fetch_add(1, Ordering::Relaxed);
        Self { credential, leased }
    }

    /// What the drivers need; the token inside is theirs alone to read.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The same account, acting for another workspace.
    #[must_use]
    pub fn for_workspace(mut self, account_id: Option<String>) -> Self {
        if let Some(account_id) = account_id {
            self.credential = self.credential.clone().for_workspace(account_id);
        }
        self
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leased.fetch_sub(1, Ordering::Relaxed);
    }
}
