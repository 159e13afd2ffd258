//! The right to use one account for one attempt. Dropping it gives the account back, and says
//! what came of the attempt.

use std::sync::{Arc, Mutex, PoisonError};

use chatgpt::limits::QuotaWindow;
use secrecy::SecretString;
use store::records::AccountId;
use upstream::Credential;

use crate::outcome::Outcome;
use crate::pool::Shared;
use crate::scope::Scope;

/// One account, for one attempt.
#[derive(Debug)]
pub struct Lease {
    credential: Credential,
    seat: Seat,
}

/// What is taken while the lease is out.
#[derive(Debug)]
struct Seat {
    pool: Arc<Shared>,
    holder: Holder,
    asked: Asked,
    outcome: Mutex<Outcome>,
}

/// What a lease is for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) scopes: Vec<Scope>,
    /// Those of the scopes whose cool-down it shows to be over, or not.
    pub(crate) probes: Vec<Scope>,
    /// Unix seconds.
    pub(crate) at: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Holder {
    /// An account that is stored, with the generation of its tokens.
    Stored(AccountId, i64),
    /// Somebody's own token.
    Own(OwnToken),
}

/// Somebody's own token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnToken {
    /// What tells it from every other.
    pub(crate) key: [u8; 16],
    /// The account that it claims to be of.
    pub(crate) identity: [u8; 16],
}

impl OwnToken {
    pub(crate) fn of(credential: &Credential) -> Self {
        Self {
            key: credential.token_key(),
            identity: credential.key(),
        }
    }
}

impl Lease {
    pub(crate) fn new(
        pool: Arc<Shared>,
        credential: Credential,
        holder: Holder,
        asked: Asked,
    ) -> Self {
        Self {
            credential,
            seat: Seat {
                pool,
                holder,
                asked,
                outcome: Mutex::default(),
            },
        }
    }

    /// What the drivers need; the token inside is theirs alone to read.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The account's record; nothing for somebody's own token.
    pub fn account_id(&self) -> Option<AccountId> {
        match self.seat.holder {
            Holder::Stored(id, _) => Some(id),
            Holder::Own(_) => None,
        }
    }

    /// The same account, acting for another workspace.
    #[must_use]
    pub fn for_workspace(mut self, account_id: Option<String>) -> Self {
        if let Some(account_id) = account_id {
            self.credential = self.credential.for_workspace(account_id);
        }
        self
    }

    /// The same account, with the session of a browser.
    pub(crate) fn with_session(mut self, session: SecretString) -> Self {
        self.credential = self.credential.with_session(session);
        self
    }

    /// An answer has begun: what was used up is there again.
    pub fn answered(&self) {
        let seat = &self.seat;
        seat.pool
            .answered(seat.holder, &seat.asked.scopes, seat.asked.at);
    }

    /// Upstream said what is left of something.
    pub fn reported(&self, scope: &Scope, remaining: u64, resets_at: Option<u64>) {
        let seat = &self.seat;
        seat.pool.reported(seat.holder, scope, remaining, resets_at);
    }

    /// Upstream said how much is used of spans of time.
    pub fn windows_told(&self, windows: &[QuotaWindow]) {
        let seat = &self.seat;
        seat.pool.windows_beside_answer(seat.holder, windows);
    }

    /// What came of the attempt; learned from when the lease is dropped.
    pub fn ended(&self, outcome: Outcome) {
        let mut known = self.seat.outcome.lock();
        **known.as_mut().unwrap_or_else(|poisoned| poisoned.get_mut()) = outcome;
    }

    pub(crate) fn holder(&self) -> Holder {
        self.seat.holder
    }

    /// The same place, with tokens that are newer.
    pub(crate) fn renewed(mut self, credential: Credential, generation: i64) -> Self {
        self.credential = credential;
        if let Holder::Stored(id, _) = self.seat.holder {
            self.seat.holder = Holder::Stored(id, generation);
        }
        self
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let outcome = self.outcome.get_mut();
        let outcome = std::mem::take(outcome.unwrap_or_else(PoisonError::into_inner));
        self.pool
            .give_back(self.holder, &self.asked.probes, &outcome);
    }
}
