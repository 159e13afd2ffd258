//! The accounts, and the one way to get hold of one: [`Pool::lease`].
//!
//! Remembers which account owns a conversation, so that it is continued there. In memory.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use upstream::Credential;

use crate::keys::{KeyId, owner_id};
use crate::lease::Lease;
use crate::limits::{LimitBook, Scope};
use crate::selection::{Strategy, choose};

/// Owners of more conversations than this are forgotten, the oldest first.
const MAX_CONVERSATIONS: usize = 100_000;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Somebody with a gateway key: any account of the pool serves.
    GatewayKey(KeyId),
    /// Somebody with an AccessToken of their own: only that account serves.
    OwnToken(Credential),
}

impl Caller {
    /// What tells this caller's things from other callers', as 32 hex digits.
    ///
    /// It stays the same over restarts, and neither key nor token can be told from it.
    pub fn owner_id(&self) -> String {
        let id = match self {
            Self::GatewayKey(key) => key.bytes(),
            Self::OwnToken(own) => own.key(),
        };
        owner_id(id)
    }
}

/// No account can serve the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAccount {
    /// There is none at all.
    #[error("the gateway has no account; list AccessTokens in ACCOUNTS")]
    EmptyPool,
    /// All were tried.
    #[error("no other account is left to try")]
    AllTried,
    /// All have used up what is needed.
    #[error("every account that could answer has reached a limit of ChatGPT")]
    Limited {
        /// When the first can be asked again, in Unix seconds.
        until: u64,
    },
}

/// All accounts.
#[derive(Debug)]
pub struct Pool {
    accounts: Vec<Credential>,
    strategy: Strategy,
    turn: AtomicUsize,
    leased: Arc<AtomicUsize>,
    owners: Mutex<Owners>,
    limits: LimitBook,
}

/// What an attempt needs.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Accounts that are not to be taken.
    pub tried: &'a [[u8; 16]],
    /// The conversation that is gone on with.
    pub conversation_id: Option<&'a str>,
    /// What the account must be able to do; empty to hold nothing back.
    pub scopes: &'a [Scope],
    /// Unix seconds.
    pub now: u64,
}

#[derive(Debug, Default)]
struct Owners {
    by_conversation: HashMap<String, [u8; 16]>,
    oldest_first: VecDeque<String>,
}

impl Pool {
    /// A pool of these accounts.
    pub fn new(accounts: Vec<Credential>, strategy: Strategy) -> Self {
        Self {
            accounts,
            strategy,
            turn: AtomicUsize::new(0),
            leased: Arc::default(),
            owners: Mutex::default(),
            limits: LimitBook::default(),
        }
    }

    /// An account for one attempt.
    ///
    /// A conversation never moves from the account that owns it, and an account that has used
    /// up what the attempt needs is not asked.
    pub fn lease(&self, wanted: &Wanted<'_>) -> Result<Lease, NoAccount> {
        let credential = match wanted.caller {
            Caller::OwnToken(own) => self.own(own, wanted)?,
            Caller::GatewayKey(_) => self.choose(wanted)?,
        };
        Ok(self.leased_out(credential))
    }

    /// A lease of one particular account, if the caller may use it.
    pub fn lease_account(&self, caller: &Caller, key: [u8; 16]) -> Option<Lease> {
        match caller {
            Caller::OwnToken(own) => (own.key() == key).then(|| self.leased_out(own)),
            Caller::GatewayKey(_) => self.lease_pooled(key),
        }
    }

    /// A lease of one particular account of the pool, for the gateway's own work.
    pub fn lease_pooled(&self, key: [u8; 16]) -> Option<Lease> {
        let account = self.accounts.iter().find(|account| account.key() == key)?;
        Some(self.leased_out(account))
    }

    /// All accounts a caller may use, each as a lease.
    pub fn lease_all(&self, caller: &Caller) -> Result<Vec<Lease>, NoAccount> {
        let lease = |it: &Credential| self.leased_out(it);
        match caller {
            Caller::OwnToken(own) => Ok(vec![lease(own)]),
            Caller::GatewayKey(_) if self.accounts.is_empty() => Err(NoAccount::EmptyPool),
            Caller::GatewayKey(_) => Ok(self.accounts.iter().map(lease).collect()),
        }
    }

    /// Remembers that a conversation belongs to an account.
    pub fn remember_owner(&self, conversation_id: &str, lease: &Lease) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let key = lease.credential().key();
        let known = owners
            .by_conversation
            .insert(conversation_id.to_owned(), key);
        if known.is_some() {
            return;
        }
        owners.oldest_first.push_back(conversation_id.to_owned());
        if owners.oldest_first.len() > MAX_CONVERSATIONS
            && let Some(oldest) = owners.oldest_first.pop_front()
        {
            owners.by_conversation.remove(&oldest);
        }
    }

    /// How many leases are out.
    pub fn leased(&self) -> usize {
        self.leased.load(Ordering::Relaxed)
    }

    /// Remembers that an account has used something up until then (Unix seconds).
    pub fn note_limit(&self, lease: &Lease, scope: Scope, until: u64, now: u64) {
        self.limits
            .note(lease.credential().key(), scope, until, now);
    }

    /// Remembers that an account may do something again.
    pub fn clear_limit(&self, lease: &Lease, scope: &Scope) {
        self.limits.clear(lease.credential().key(), scope);
    }

    /// When the first account will be able to do what is wanted again; `None` when none is held.
    pub fn soonest_reset(&self, wanted: &Wanted<'_>) -> Option<u64> {
        let held = |account: &Credential| self.held_until(account, wanted);
        match wanted.caller {
            Caller::OwnToken(own) => held(own),
            Caller::GatewayKey(_) => self.accounts.iter().filter_map(held).min(),
        }
    }

    fn leased_out(&self, credential: &Credential) -> Lease {
        Lease::new(credential.clone(), Arc::clone(&self.leased))
    }

    fn own<'a>(
        &self,
        own: &'a Credential,
        wanted: &Wanted<'_>,
    ) -> Result<&'a Credential, NoAccount> {
        if wanted.tried.contains(&own.key()) {
            return Err(NoAccount::AllTried);
        }
        match self.held_until(own, wanted) {
            Some(until) => Err(NoAccount::Limited { until }),
            None => Ok(own),
        }
    }

    fn choose(&self, wanted: &Wanted<'_>) -> Result<&Credential, NoAccount> {
        if self.accounts.is_empty() {
            return Err(NoAccount::EmptyPool);
        }
        if let Some(owner) = wanted.conversation_id.and_then(|id| self.owner(id)) {
            return self.own(owner, wanted);
        }
        let is_tried = |index: &usize| wanted.tried.contains(&self.accounts[*index].key());
        let mut soonest = None;
        let excluded: Vec<usize> = (0..self.accounts.len())
            .filter(|index| {
                let held = self.held_until(&self.accounts[*index], wanted);
                soonest = [soonest, held].into_iter().flatten().min();
                held.is_some() || is_tried(index)
            })
            .collect();
        let number = match self.strategy {
            Strategy::Random => fastrand::usize(..),
            Strategy::RoundRobin => self.turn.fetch_add(1, Ordering::Relaxed),
        };
        let chosen = choose(self.strategy, self.accounts.len(), &excluded, number);
        match (chosen, soonest) {
            (Some(index), _) => Ok(&self.accounts[index]),
            (None, Some(until)) if wanted.tried.is_empty() => Err(NoAccount::Limited { until }),
            (None, _) => Err(NoAccount::AllTried),
        }
    }

    fn held_until(&self, account: &Credential, wanted: &Wanted<'_>) -> Option<u64> {
        let now = wanted.now;
        self.limits.held_until(account.key(), wanted.scopes, now)
    }

    fn owner(&self, conversation_id: &str) -> Option<&Credential> {
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let key = *owners.by_conversation.get(conversation_id)?;
        self.accounts.iter().find(|account| account.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use upstream::Credential;

    use super::{Caller, KeyId, Lease, NoAccount, Pool, Scope, Strategy, Wanted};

    const NOW: u64 = 1_000;

    fn model() -> Scope {
        Scope::Model("m".into())
    }

    fn account(name: &str) -> Credential {
        Credential::parse(&format!("fk-{name}"), name).unwrap()
    }

    fn with_key() -> Caller {
        Caller::GatewayKey(KeyId::of("sk-key"))
    }

    fn pool(names: &[&str]) -> Pool {
        Pool::new(
            names.iter().map(|name| account(name)).collect(),
            Strategy::RoundRobin,
        )
    }

    fn lease(
        pool: &Pool,
        caller: &Caller,
        tried: &[[u8; 16]],
        conversation_id: Option<&str>,
    ) -> Result<Lease, NoAccount> {
        pool.lease(&Wanted {
            caller,
            tried,
            conversation_id,
            scopes: &[model()],
            now: NOW,
        })
    }

    fn leased(pool: &Pool, tried: &[[u8; 16]], conversation: Option<&str>) -> String {
        let lease = lease(pool, &with_key(), tried, conversation).unwrap();
        lease.credential().label().to_owned()
    }

    #[test]
    fn an_account_at_its_limit_is_passed_over_and_all_at_theirs_say_when() {
        let pool = pool(&["a", "b"]);
        let of = |name| pool.lease_pooled(account(name).key()).unwrap();
        pool.note_limit(&of("a"), model(), NOW + 60, NOW);
        assert_eq!(leased(&pool, &[], None), "b");
        pool.note_limit(&of("b"), model(), NOW + 30, NOW);
        let none = lease(&pool, &with_key(), &[], None).unwrap_err();
        assert_eq!(none, NoAccount::Limited { until: NOW + 30 });
        pool.clear_limit(&of("a"), &model());
        assert_eq!(leased(&pool, &[], None), "a");
    }

    #[test]
    fn a_conversation_stays_with_the_account_that_owns_it() {
        let pool = pool(&["a", "b", "c"]);
        let owner = lease(&pool, &with_key(), &[], None).unwrap();
        pool.remember_owner("C", &owner);
        for _ in 0..5 {
            assert_eq!(leased(&pool, &[], Some("C")), "a");
        }
        assert_eq!(leased(&pool, &[], None), "b");
        let tried = [owner.credential().key()];
        let none = lease(&pool, &with_key(), &tried, Some("C")).unwrap_err();
        assert_eq!(none, NoAccount::AllTried);
    }

    #[test]
    fn an_account_that_was_tried_is_not_chosen_again() {
        let pool = pool(&["a", "b"]);
        assert_eq!(leased(&pool, &[account("a").key()], None), "b");
        let all = [account("a").key(), account("b").key()];
        let none = lease(&pool, &with_key(), &all, None).unwrap_err();
        assert_eq!(none, NoAccount::AllTried);
    }

    #[test]
    fn an_empty_pool_serves_no_key_but_own_tokens() {
        let pool = pool(&[]);
        let none = lease(&pool, &with_key(), &[], None).unwrap_err();
        assert_eq!(none, NoAccount::EmptyPool);
        assert!(lease(&pool, &Caller::OwnToken(account("mine")), &[], None).is_ok());
    }

    #[test]
    fn a_dropped_lease_is_given_back() {
        let pool = pool(&["a"]);
        let lease = lease(&pool, &with_key(), &[], None).unwrap();
        assert_eq!(pool.leased(), 1);
        drop(lease);
        assert_eq!(pool.leased(), 0);
    }

    #[test]
    fn callers_own_things_apart_from_each_other_and_over_restarts() {
        let own = Caller::OwnToken(account("mine"));
        let other = Caller::GatewayKey(KeyId::of("sk-other"));
        let owners = [own.owner_id(), with_key().owner_id(), other.owner_id()];
        assert_eq!(owners[1], "8c0a0444f24a50d6754dbcca02120114");
        for (index, owner) in owners.iter().enumerate() {
            assert_eq!(owner.len(), 32);
            assert!(!owners[..index].contains(owner), "{owners:?}");
        }
    }
}
