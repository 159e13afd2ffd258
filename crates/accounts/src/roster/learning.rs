//! What outcomes teach: about one account's health, limits and probes.

use store::records::AccountId;

use super::{Probing, Roster, Trust};
use crate::health::Health;
use crate::outcome::Outcome;
use crate::quota::{Hint, HintSource};
use crate::scope::Scope;
use crate::windows::KnownWindow;

/// A limit without a stated end is believed this long.
const GUESSED_LIMIT_SECONDS: u64 = 60;

/// What has to be written down, or done, because of an outcome.
#[derive(Debug)]
pub(crate) enum Change {
    /// The account is so from now on.
    Health(AccountId, Health),
    /// Something is used up until then.
    CoolDown {
        id: AccountId,
        scope: Scope,
        until: u64,
        source: HintSource,
    },
    /// Something is there again.
    CoolDownOver(AccountId, Scope),
    /// So much is used of spans of time.
    Windows(AccountId, Vec<KnownWindow>),
    /// Whether the account's token, of this generation, still serves has to be found out.
    Doubt(AccountId, i64),
}

/// A place that is given back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned<'a> {
    pub(crate) id: AccountId,
    /// Of the tokens that were shown.
    pub(crate) generation: i64,
    /// What the place was to find out.
    pub(crate) probes: &'a [Scope],
    pub(crate) outcome: &'a Outcome,
}

impl Roster {
    /// Gives a place back, and learns from what came of it.
    pub(crate) fn give_back(&mut self, returned: Returned<'_>, now: u64) {
        let id = returned.id;
        let Some(entry) = self.by_id_mut(id) else {
            return;
        };
        entry.in_use = entry.in_use.saturating_sub(1);
        for scope in returned.probes {
            if let Some(probing) = entry.probing.get_mut(scope) {
                probing.is_running = false;
            }
        }
        match returned.outcome {
            Outcome::Unknown => {}
            Outcome::Limited(scope, until) => self.limited(id, scope, *until, now),
            Outcome::TokenRejected => self.doubt(id, returned.generation),
            Outcome::Challenged(kind) => {
                let egress = entry.egress_name.clone();
                self.rest_egress(egress, *kind, now);
                self.becomes(id, Health::challenged(*kind), now);
            }
            Outcome::Deactivated => self.becomes(id, Health::Deactivated, now),
        }
    }

    /// Has it found out whether a token still serves; once, and only while it is the newest.
    pub(crate) fn doubt(&mut self, id: AccountId, generation: i64) {
        let Some(entry) = self.by_id_mut(id) else {
            return;
        };
        if entry.generation == generation && entry.trust == Trust::Trusted {
            entry.trust = Trust::Doubted;
            self.note(Change::Doubt(id, generation));
        }
    }

    /// Ends a doubt; with `GivenUp` the token is not shown any more.
    pub(crate) fn settle_doubt(&mut self, id: AccountId, generation: i64, trust: Trust) {
        let Some(entry) = self.by_id_mut(id) else {
            return;
        };
        // Newer tokens are not what was doubted, and what was given up stays so.
        if entry.generation != generation || entry.trust != Trust::Doubted {
            return;
        }
        entry.trust = trust;
        if trust == Trust::GivenUp {
            entry.credential = None;
        }
    }

    /// Upstream said what is left of something.
    pub(crate) fn reported(
        &mut self,
        id: AccountId,
        scope: &Scope,
        remaining: u64,
        resets_at: Option<u64>,
        now: u64,
    ) {
        let Some(key) = self.by_id(id).map(|it| it.key) else {
            return;
        };
        self.quota.reported(key, scope, remaining, resets_at, now);
        match resets_at {
            Some(until) if remaining == 0 && until > now => {
                self.is_used_up(id, scope, until, HintSource::Report, now);
            }
            _ if remaining > 0 => self.is_there_again(id, scope),
            _ => {}
        }
    }

    /// Sets an account's health; nothing comes of it when it is so already.
    pub(crate) fn becomes(&mut self, id: AccountId, health: Health, now: u64) {
        if self.by_id(id).is_none_or(|it| it.health == health) {
            return;
        }
        let change = self.note(Change::Health(id, health.clone()));
        if let Some(entry) = self.by_id_mut(id) {
            entry.health = health;
            entry.health_since = i64::try_from(now).unwrap_or(i64::MAX);
            entry.health_change = change;
        }
    }

    /// Takes an operator's word that all cool-downs of an account, or one, are over.
    pub(crate) fn clear_cool_downs(&mut self, id: AccountId, scope: Option<&Scope>) {
        let Some(entry) = self.by_id_mut(id) else {
            return;
        };
        let key = entry.key;
        match scope {
            Some(scope) => {
                entry.probing.remove(scope);
            }
            None => entry.probing.clear(),
        }
        self.quota
            .retain_hints(key, |it, _| scope.is_some_and(|scope| scope != it));
    }

    /// An answer began that was asked for then (unix seconds): what was hinted before is void.
    pub(crate) fn answered(&mut self, id: AccountId, scopes: &[Scope], asked_at: u64, now: u64) {
        let Some(entry) = self.by_id(id) else {
            return;
        };
        let key = entry.key;
        let since = u64::try_from(entry.health_since).unwrap_or_default();
        let was_challenged = matches!(entry.health, Health::NeedsAttention(_)) && since <= asked_at;
        self.quota.used(key, scopes, now);
        self.quota.cleared(key, scopes, asked_at);
        for scope in scopes {
            let probing = self.by_id(id).and_then(|it| it.probing.get(scope));
            // One that was learned of after the question is not refuted by the answer.
            if probing.is_some_and(|it| it.noted_at < asked_at) {
                self.is_there_again(id, scope);
            }
        }
        if was_challenged {
            self.becomes(id, Health::Healthy, now);
        }
    }

    fn limited(&mut self, id: AccountId, scope: &Scope, until: Option<u64>, now: u64) {
        let Some(key) = self.by_id(id).map(|it| it.key) else {
            return;
        };
        let source = match until {
            Some(_) => HintSource::Refusal,
            None => HintSource::Guess,
        };
        let until = until.unwrap_or(now.saturating_add(GUESSED_LIMIT_SECONDS));
        let hint = Hint { until, source };
        self.quota.limited_until(key, scope, hint, now);
        self.is_used_up(id, scope, until, source, now);
    }

    fn is_used_up(
        &mut self,
        id: AccountId,
        scope: &Scope,
        until: u64,
        source: HintSource,
        now: u64,
    ) {
        let change = self.note(Change::CoolDown {
            id,
            scope: scope.clone(),
            until,
            source,
        });
        if let Some(entry) = self.by_id_mut(id) {
            let known = entry.probing.get(scope);
            let probing = Probing {
                from: until.max(known.map_or(0, |it| it.from)),
                noted_at: now,
                is_running: known.is_some_and(|it| it.is_running),
                change,
            };
            entry.over.remove(scope);
            entry.probing.insert(scope.clone(), probing);
        }
    }

    fn is_there_again(&mut self, id: AccountId, scope: &Scope) {
        let was_used_up = self.by_id_mut(id).and_then(|it| it.probing.remove(scope));
        if was_used_up.is_none() {
            return;
        }
        let change = self.note(Change::CoolDownOver(id, scope.clone()));
        if let Some(entry) = self.by_id_mut(id) {
            entry.over.insert(scope.clone(), change);
        }
    }
}
