//! Who asks, and what tells their things from others'.

use std::sync::Arc;

use store::records::AccountId;
use upstream::Credential;

use crate::policy::KeyPolicy;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Somebody with a gateway key: the accounts that the key may use.
    GatewayKey(KeyCaller),
    /// Somebody with a token of their own: only that account serves.
    OwnToken(Box<Credential>),
    /// Somebody with a seed: the account the seed is bound to.
    Seed(SeedCaller),
}

/// A gateway key that was shown.
#[derive(Debug, Clone)]
pub struct KeyCaller {
    pub(crate) owner: [u8; 16],
    /// The record of a managed key; nothing for a key of `AUTHORIZATION`.
    pub(crate) managed: Option<ManagedKey>,
}

/// A managed key that was shown.
#[derive(Debug, Clone)]
pub(crate) struct ManagedKey {
    pub(crate) id: String,
    pub(crate) policy: Arc<KeyPolicy>,
}

/// A seed that was shown.
#[derive(Debug, Clone)]
pub struct SeedCaller {
    pub(crate) owner: [u8; 16],
    pub(crate) account: AccountId,
    /// Whether the seed was bound to another account just now, because its own is gone.
    pub(crate) is_rebound: bool,
}

impl Caller {
    /// What tells this caller's things from other callers', as 32 hex digits.
    ///
    /// It stays the same over restarts, and neither key nor token can be told from it.
    pub fn owner_id(&self) -> String {
        let id = match self {
            Self::GatewayKey(key) => key.owner,
            Self::OwnToken(own) => own.key(),
            Self::Seed(seed) => seed.owner,
        };
        owner_id(id)
    }

    /// Whether an account of the pool answers, so that its troubles are not the caller's.
    pub fn uses_pool(&self) -> bool {
        !matches!(self, Self::OwnToken(_))
    }

    /// Whether its seed was bound to another account just now.
    pub fn was_rebound(&self) -> bool {
        matches!(self, Self::Seed(seed) if seed.is_rebound)
    }

    /// Whether it is the operator: somebody with a key of `AUTHORIZATION`.
    pub fn is_operator(&self) -> bool {
        matches!(self, Self::GatewayKey(key) if key.managed.is_none())
    }

    /// The managed key's id, for usage.
    pub fn key_id(&self) -> Option<&str> {
        match self {
            Self::GatewayKey(key) => key.managed.as_ref().map(|it| it.id.as_str()),
            _ => None,
        }
    }

    /// What the key may do; nothing for callers without a managed key.
    pub fn policy(&self) -> Option<&KeyPolicy> {
        match self {
            Self::GatewayKey(key) => key.managed.as_ref().map(|it| it.policy.as_ref()),
            _ => None,
        }
    }
}

/// How an owner is written.
pub(crate) fn owner_id(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
