//! One account in memory: what is stored of it, and what runs on it.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, StoredAccount};
use upstream::{Credential, CredentialParts, Egress};

use super::{Renewal, Rules};
use crate::health::Health;
use crate::import::Source;
use crate::scope::Scope;

/// One account.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: AccountId,
    pub(crate) key: [u8; 16],
    pub(crate) position: u64,
    pub(crate) label: String,
    pub(crate) is_shared: bool,
    pub(crate) is_disabled: bool,
    pub(crate) max_in_use: Option<u32>,
    pub(crate) health: Health,
    /// Unix seconds.
    pub(crate) health_since: i64,
    /// What upstream is shown; nothing before the first exchange, or when it was rejected.
    pub(crate) credential: Option<Credential>,
    pub(crate) access_expires_at: Option<u64>,
    pub(crate) can_refresh: bool,
    pub(crate) generation: i64,
    /// The egress it leaves by, and its name without credentials.
    pub(crate) egress: Egress,
    pub(crate) egress_name: String,
    /// As it is stored, for lists.
    pub(crate) stored: StoredAccount,

    pub(crate) in_use: u32,
    pub(crate) last_leased_at_ms: Option<u64>,
    /// Whether it is being found out if its token still serves.
    pub(crate) is_doubted: bool,
    /// What was used up and has not been shown to be there again.
    pub(crate) probing: HashMap<Scope, Probing>,
}

/// One thing that was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probing {
    /// From then on it may be asked for, in unix seconds.
    pub(crate) from: u64,
    /// Whether one request does so at this moment.
    pub(crate) is_running: bool,
}

impl Entry {
    /// The account as it is stored, leaving by `egress`.
    pub(crate) fn new(stored: StoredAccount, egress: Egress) -> Self {
        let health = if stored.tokens.is_locked {
            Health::Locked
        } else {
            Health::read(&stored.health.state, stored.health.reason.clone())
        };
        let credential = stored.tokens.access.as_ref().map(|access_token| {
            Credential::from_parts(CredentialParts {
                access_token: access_token.clone(),
                workspace: stored.workspace.clone(),
                label: stored.label.clone(),
                identity: stored.identity,
                device_id: stored.device_id,
                egress: Some(egress.clone()),
            })
        });
        let expires_at = stored.tokens.access_expires_at;
        Self {
            id: stored.id,
            key: stored.identity,
            position: u64::try_from(stored.position).unwrap_or_default(),
            label: stored.label.clone(),
            is_shared: stored.source != Source::Caller.word(),
            is_disabled: stored.is_disabled,
            max_in_use: stored.max_in_use,
            health,
            health_since: stored.health.since,
            credential,
            access_expires_at: expires_at.and_then(|it| u64::try_from(it).ok()),
            can_refresh: stored.tokens.can_refresh,
            generation: stored.tokens.generation,
            egress_name: egress.to_string(),
            egress,
            stored,
            in_use: 0,
            last_leased_at_ms: None,
            is_doubted: false,
            probing: HashMap::new(),
        }
    }

    /// Keeps what runs, and what was learned since the record was read.
    pub(crate) fn go_on_from(&mut self, before: Entry) {
        self.in_use = before.in_use;
        self.last_leased_at_ms = before.last_leased_at_ms;
        self.probing = before.probing;
        self.is_doubted = before.is_doubted;
        if before.health_since > self.health_since && before.generation == self.generation {
            self.health = before.health;
            self.health_since = before.health_since;
            if before.credential.is_none() {
                self.credential = None;
            }
        }
    }

    /// Whether there is anything that upstream could be shown, now or after a renewal.
    pub(crate) fn has_way_in(&self, now: u64) -> bool {
        if self.is_doubted {
            return false;
        }
        let is_good = self.credential.is_some() && !self.is_expired(now);
        match self.health {
            Health::Healthy | Health::NeedsAttention(_) => is_good || self.can_refresh,
            Health::NeedsSignIn(_) => is_good,
            Health::Deactivated | Health::Locked => false,
        }
    }

    /// Whether nobody can be served by it now.
    pub(crate) fn is_dead(&self, now: u64) -> bool {
        self.is_disabled || !self.has_way_in(now)
    }

    /// Whether it is a stranger's name yet: its identity shows with its first AccessToken.
    pub(crate) fn is_unidentified(&self) -> bool {
        self.generation == 0 && self.credential.is_none()
    }

    pub(crate) fn is_expired(&self, now: u64) -> bool {
        self.access_expires_at.is_some_and(|at| at <= now)
    }

    pub(crate) fn renewal(&self, rules: Rules, now: u64) -> Renewal {
        let can_renew = self.can_refresh && !matches!(self.health, Health::NeedsSignIn(_));
        if !can_renew {
            return Renewal::NotNeeded;
        }
        let margin = rules.renewal_margin_seconds;
        match (&self.credential, self.access_expires_at) {
            (None, _) => Renewal::Now,
            (Some(_), Some(at)) if at <= now => Renewal::Now,
            (Some(_), Some(at)) if at <= now.saturating_add(margin) => Renewal::Soon,
            (Some(_), _) => Renewal::NotNeeded,
        }
    }

    /// A stored egress, if it can be read.
    pub(crate) fn stored_egress(stored: &StoredAccount) -> Option<Egress> {
        let read = |url: &SecretString| url.expose_secret().parse().ok();
        stored.egress.as_ref().and_then(read)
    }
}
