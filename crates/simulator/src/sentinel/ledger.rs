//! The sentinel's tokens that are out: whose they are, until when, and what was asked for them.
//! Each is good once; those whose time is long over are forgotten.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::ids;
use crate::proof_of_work;

/// How long a spent or expired token is remembered, to be told from one never given out.
const REMEMBERED: Duration = Duration::from_hours(1);
/// Above this many tokens the old ones are looked for.
const MANY: usize = 4096;

/// What a token stands for.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) account_id: String,
    pub(super) expires: SystemTime,
    /// The seed and difficulty of the proof that is still owed.
    pub(super) proof: Option<(String, String)>,
    /// Whether something was asked for that only a browser can give.
    pub(super) browser_check: bool,
}

impl Grant {
    /// Whether an answer gives the proof that is owed, if one is.
    pub(super) fn proven_by(&self, answer: &str) -> bool {
        self.proof
            .as_ref()
            .is_none_or(|(seed, difficulty)| proof_of_work::proves(answer, seed, difficulty))
    }
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The second of the two calls.
    Finalize,
    /// A conversation call.
    Conversation,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Never given out, for something else, given to another account, or spent.
    Unknown,
    /// Its time is over.
    Expired,
}

/// The tokens that are out.
#[derive(Default)]
pub(super) struct Ledger {
    grants: HashMap<String, (Kind, Grant)>,
    given_out: u64,
}

impl Ledger {
    /// A number no visit has had before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.given_out += 1;
        self.given_out
    }

    /// A new token for a grant.
    pub(super) fn give_out(&mut self, kind: Kind, now: SystemTime, grant: Grant) -> String {
        if self.grants.len() > MANY {
            self.grants
                .retain(|_, (_, grant)| grant.expires + REMEMBERED > now);
        }
        let number = self.next_number().to_string();
        let token = ids::opaque(&[&format!("{kind:?}"), &number, &grant.account_id]);
        self.grants.insert(token.clone(), (kind, grant));
        token
    }

    /// Takes a token in; it cannot be used again.
    pub(super) fn spend(
        &mut self,
        kind: Kind,
        token: &str,
        account_id: &str,
        now: SystemTime,
    ) -> Result<Grant, Refusal> {
        match self.grants.get(token) {
            Some((of, grant)) if *of == kind && grant.account_id == account_id => {}
            _ => return Err(Refusal::Unknown),
        }
        let (_, grant) = self.grants.remove(token).ok_or(Refusal::Unknown)?;
        if grant.expires <= now {
            return Err(Refusal::Expired);
        }
        Ok(grant)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn grant() -> Grant {
        Grant {
            account_id: "a".to_owned(),
            expires: UNIX_EPOCH + Duration::from_secs(10),
            proof: None,
            browser_check: false,
        }
    }

    #[test]
    fn a_token_is_good_once_for_its_account() {
        let mut ledger = Ledger::default();
        let token = ledger.give_out(Kind::Conversation, UNIX_EPOCH, grant());
        assert_eq!(
            ledger
                .spend(Kind::Conversation, &token, "b", UNIX_EPOCH)
                .unwrap_err(),
            Refusal::Unknown
        );
        let wrong = ledger.spend(Kind::Finalize, &token, "a", UNIX_EPOCH);
        assert_eq!(wrong.unwrap_err(), Refusal::Unknown);
        assert!(
            ledger
                .spend(Kind::Conversation, &token, "a", UNIX_EPOCH)
                .is_ok()
        );
        assert_eq!(
            ledger
                .spend(Kind::Conversation, &token, "a", UNIX_EPOCH)
                .unwrap_err(),
            Refusal::Unknown
        );
    }

    #[test]
    fn a_token_expires() {
        let mut ledger = Ledger::default();
        let token = ledger.give_out(Kind::Conversation, UNIX_EPOCH, grant());
        let late = UNIX_EPOCH + Duration::from_secs(10);
        assert_eq!(
            ledger
                .spend(Kind::Conversation, &token, "a", late)
                .unwrap_err(),
            Refusal::Expired
        );
    }

    #[test]
    fn tokens_differ() {
        let mut ledger = Ledger::default();
        let tokens: Vec<_> = (0..50)
            .map(|_| ledger.give_out(Kind::Conversation, UNIX_EPOCH, grant()))
            .collect();
        assert!(
            tokens
                .iter()
                .all(|token| tokens.iter().filter(|other| *other == token).count() == 1)
        );
    }
}
