//! What upstream said an account may not do for a while, so that it is not asked in vain.
//!
//! Remembered per account and per model or feature, until the moment upstream named; never
//! guessed. In memory. Used by the pool.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// No limit is believed for longer: upstream's longest are of four weeks.
const LONGEST_SECONDS: u64 = 31 * 24 * 3600;

/// More limits than this are not remembered; expired ones make room first.
const MAX_LIMITS: usize = 100_000;

/// What is limited.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One model, by its slug.
    Model(String),
    /// One feature, by upstream's word: `image_gen`, `file_upload`, …
    Feature(String),
}

/// The limits in force.
#[derive(Debug, Default)]
pub(crate) struct LimitBook {
    until: Mutex<HashMap<([u8; 16], Scope), u64>>,
}

impl LimitBook {
    /// Upstream said that `scope` is used up until then (Unix seconds).
    pub(crate) fn note(&self, account: [u8; 16], scope: Scope, until: u64, now: u64) {
        let mut book = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if book.len() >= MAX_LIMITS {
            book.retain(|_, until| *until > now);
        }
        if book.len() < MAX_LIMITS {
            let until = until.min(now.saturating_add(LONGEST_SECONDS));
            book.insert((account, scope), until);
        }
    }

    /// Upstream said that there is something left of `scope`.
    pub(crate) fn clear(&self, account: [u8; 16], scope: &Scope) {
        let mut book = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        book.remove(&(account, scope.clone()));
    }

    /// Until when an account cannot do all of `scopes`; `None` when it can.
    pub(crate) fn held_until(&self, account: [u8; 16], scopes: &[Scope], now: u64) -> Option<u64> {
        let book = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = scopes
            .iter()
            .filter_map(|scope| book.get(&(account, scope.clone())).copied());
        limits.filter(|until| *until > now).max()
    }
}

#[cfg(test)]
mod tests {
    use super::{LimitBook, Scope};

    const A: [u8; 16] = [1; 16];
    const B: [u8; 16] = [2; 16];

    fn model(slug: &str) -> Scope {
        Scope::Model(slug.into())
    }

    #[test]
    fn a_limit_holds_for_its_account_and_scope_until_its_moment() {
        let book = LimitBook::default();
        book.note(A, model("m"), 100, 50);
        let scopes = [model("m"), Scope::Feature("image_gen".into())];
        assert_eq!(book.held_until(A, &scopes, 99), Some(100));
        assert_eq!(book.held_until(A, &scopes, 100), None);
        assert_eq!(book.held_until(A, &[model("other")], 60), None);
        assert_eq!(book.held_until(B, &scopes, 60), None);
        book.clear(A, &model("m"));
        assert_eq!(book.held_until(A, &scopes, 60), None);
    }

    #[test]
    fn the_last_of_several_limits_counts_and_none_is_believed_for_ever() {
        let book = LimitBook::default();
        let scopes = [model("m"), Scope::Feature("file_upload".into())];
        book.note(A, scopes[0].clone(), 100, 0);
        book.note(A, scopes[1].clone(), u64::MAX, 0);
        assert_eq!(book.held_until(A, &scopes, 0), Some(super::LONGEST_SECONDS));
    }
}
