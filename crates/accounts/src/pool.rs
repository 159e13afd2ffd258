//! The accounts, and the one way to get hold of one: [`Pool::lease`].
//!
//! Remembers which account owns a conversation, so that it is continued there. In memory.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use upstream::Credential;

use crate::keys::KeyId;
use crate::lease::Lease;
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
        format!("{:032x}", u128::from_be_bytes(id))
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
}

/// All accounts.
#[derive(Debug)]
pub struct Pool {
    accounts: Vec<Credential>,
    strategy: Strategy,
    turn: AtomicUsize,
    leased: Arc<AtomicUsize>,
    owners: Mutex<Owners>,
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
        }
    }

    /// An account for one attempt; `tried` are those that failed before.
    ///
    /// A conversation never moves from the account that owns it.
    pub fn lease(
        &self,
        caller: &Caller,
        tried: &[[u8; 16]],
        conversation_id: Option<&str>,
    ) -> Result<Lease, NoAccount> {
        let credential = match caller {
            Caller::OwnToken(own) if tried.contains(&own.key()) => return Err(NoAccount::AllTried),
            Caller::OwnToken(own) => own,
            Caller::GatewayKey(_) => self.choose(tried, conversation_id)?,
        };
        Ok(Lease::new(credential.clone(), Arc::clone(&self.leased)))
    }

    /// All accounts a caller may use, each as a lease.
    pub fn lease_all(&self, caller: &Caller) -> Result<Vec<Lease>, NoAccount> {
        let lease = |it: &Credential| Lease::new(it.clone(), Arc::clone(&self.leased));
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

    fn choose(
        &self,
        tried: &[[u8; 16]],
        conversation_id: Option<&str>,
    ) -> Result<&Credential, NoAccount> {
        if self.accounts.is_empty() {
            return Err(NoAccount::EmptyPool);
        }
        if let Some(owner) = conversation_id.and_then(|id| self.owner(id)) {
            let was_tried = tried.contains(&owner.key());
            return if was_tried {
                Err(NoAccount::AllTried)
            } else {
                Ok(owner)
            };
        }
        let excluded: Vec<usize> = (0..self.accounts.len())
            .filter(|index| tried.contains(&self.accounts[*index].key()))
            .collect();
        let number = match self.strategy {
            Strategy::Random => fastrand::usize(..),
            Strategy::RoundRobin => self.turn.fetch_add(1, Ordering::Relaxed),
        };
        choose(self.strategy, self.accounts.len(), &excluded, number)
            .map(|index| &self.accounts[index])
            .ok_or(NoAccount::AllTried)
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

    use super::{Caller, KeyId, NoAccount, Pool, Strategy};

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

    fn leased(pool: &Pool, tried: &[[u8; 16]], conversation: Option<&str>) -> String {
        let lease = pool.lease(&with_key(), tried, conversation).unwrap();
        lease.credential().label().to_owned()
    }

    #[test]
    fn a_conversation_stays_with_the_account_that_owns_it() {
        let pool = pool(&["a", "b", "c"]);
        let owner = pool.lease(&with_key(), &[], None).unwrap();
        pool.remember_owner("C", &owner);
        for _ in 0..5 {
            assert_eq!(leased(&pool, &[], Some("C")), "a");
        }
        assert_eq!(leased(&pool, &[], None), "b");
        let tried = [owner.credential().key()];
        let none = pool.lease(&with_key(), &tried, Some("C")).unwrap_err();
        assert_eq!(none, NoAccount::AllTried);
    }

    #[test]
    fn an_account_that_was_tried_is_not_chosen_again() {
        let pool = pool(&["a", "b"]);
        assert_eq!(leased(&pool, &[account("a").key()], None), "b");
        let all = [account("a").key(), account("b").key()];
        let none = pool.lease(&with_key(), &all, None).unwrap_err();
        assert_eq!(none, NoAccount::AllTried);
    }

    #[test]
    fn an_empty_pool_serves_no_key_but_own_tokens() {
        let pool = pool(&[]);
        let none = pool.lease(&with_key(), &[], None).unwrap_err();
        assert_eq!(none, NoAccount::EmptyPool);
        assert!(
            pool.lease(&Caller::OwnToken(account("mine")), &[], None)
                .is_ok()
        );
    }

    #[test]
    fn a_dropped_lease_is_given_back() {
        let pool = pool(&["a"]);
        let lease = pool.lease(&with_key(), &[], None).unwrap();
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
