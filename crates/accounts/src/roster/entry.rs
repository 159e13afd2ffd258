//! One account in memory: what is stored of it, and what runs on it.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, StoredAccount};
use upstream::{Credential, CredentialParts, DriverKind, Egress};
use url::Url;

use super::{Renewal, Rules};
use crate::health::Health;
use crate::import::Source;
use crate::scope::Scope;
use crate::windows::KnownWindow;

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
    /// The number of the change that made it so; zero for one that was read.
    pub(super) health_change: u64,
    /// What upstream is shown; nothing before the first exchange, or when it was given up.
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
    pub(crate) trust: Trust,
    /// When it was last tried to ask upstream about it, in unix seconds.
    pub(crate) check_tried_at: Option<i64>,
    /// What upstream said last of spans of time.
    pub(crate) windows: Vec<KnownWindow>,
    /// When that was last written down, in unix seconds.
    pub(super) windows_written_at: u64,
    /// What was used up and has not been shown to be there again.
    pub(crate) probing: HashMap<Scope, Probing>,
    /// What was shown to be there again, by the number of the change.
    pub(super) over: HashMap<Scope, u64>,
}

/// Whether the AccessToken is believed to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Trust {
    /// It is.
    #[default]
    Trusted,
    /// It was rejected once; it is being found out.
    Doubted,
    /// It does not serve.
    GivenUp,
}

/// One thing that was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probing {
    /// From then on it may be asked for, in unix seconds.
    pub(crate) from: u64,
    /// When it was learned that it is used up, in unix seconds.
    pub(super) noted_at: u64,
    /// Whether one request finds out at this moment.
    pub(crate) is_running: bool,
    /// The number of the change; zero for one that was read.
    pub(super) change: u64,
}

impl Entry {
    /// The account as it is stored, leaving by `egress`.
    pub(crate) fn new(stored: StoredAccount, egress: Egress) -> Self {
        let health = if stored.tokens.is_locked {
            Health::Locked
        } else {
            Health::read(&stored.health.state, stored.health.reason.clone())
        };
        let access = stored.tokens.access.as_ref();
        let credential = access.and_then(|token| credential(&stored, token, &egress));
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
            health_change: 0,
            credential,
            access_expires_at: expires_at.and_then(|it| u64::try_from(it).ok()),
            can_refresh: stored.tokens.can_refresh,
            generation: stored.tokens.generation,
            egress_name: egress.to_string(),
            egress,
            stored,
            in_use: 0,
            last_leased_at_ms: None,
            trust: Trust::Trusted,
            check_tried_at: None,
            windows: Vec::new(),
            windows_written_at: 0,
            probing: HashMap::new(),
            over: HashMap::new(),
        }
    }

    /// Keeps what runs, and what was learned and not written down yet when the record was
    /// read: changes up to `written` were. Whether the record's health has to be written
    /// again, because what is on its way there is about older tokens.
    pub(super) fn go_on_from(&mut self, before: Entry, written: u64) -> bool {
        self.in_use = before.in_use;
        self.last_leased_at_ms = before.last_leased_at_ms;
        self.check_tried_at = before.check_tried_at;
        self.windows_written_at = before.windows_written_at;
        self.probing = before.probing;
        self.over = before.over;
        let is_unwritten = before.health_change > written || self.is_anonymous();
        if before.generation != self.generation {
            return is_unwritten;
        }
        self.trust = before.trust;
        if self.trust == Trust::GivenUp {
            self.credential = None;
        }
        if is_unwritten && self.health != Health::Locked {
            self.health = before.health;
            self.health_since = before.health_since;
            self.health_change = before.health_change;
        }
        false
    }

    /// Whether it can be asked through a driver.
    pub(crate) fn serves(&self, driver: DriverKind) -> bool {
        let is_of_platform = self.stored.base_url.is_some();
        match driver {
            DriverKind::Web => !is_of_platform,
            DriverKind::Codex => !is_of_platform && !self.is_anonymous(),
            DriverKind::Platform => is_of_platform,
        }
    }

    /// Whether there is anything that upstream could be shown, now or after a renewal.
    pub(crate) fn has_way_in(&self, now: u64) -> bool {
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

    /// Whether it can be asked at this moment.
    pub(crate) fn is_usable(&self, now: u64) -> bool {
        !self.is_dead(now) && self.trust != Trust::Doubted
    }

    /// Whether it has a token that can be shown at this moment.
    pub(crate) fn has_token(&self, now: u64) -> bool {
        self.is_usable(now) && self.credential.is_some() && !self.is_expired(now)
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

/// What upstream is shown; nothing if the address of its server cannot be read.
fn credential(stored: &StoredAccount, token: &SecretString, egress: &Egress) -> Option<Credential> {
    let label = stored.label.clone();
    let egress = Some(egress.clone());
    if let Some(base_url) = &stored.base_url {
        let base_url = Url::parse(base_url).ok()?;
        return Some(Credential::platform(token.clone(), base_url, label, egress));
    }
    Some(Credential::from_parts(CredentialParts {
        access_token: token.clone(),
        workspace: stored.workspace.clone(),
        label,
        identity: stored.identity,
        device_id: stored.device_id,
        egress,
    }))
}
