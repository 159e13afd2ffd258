//! What outcomes teach: about one account's health, limits and probes.

use store::records::AccountId;

use super::{Probing, Roster};
use crate::health::Health;
use crate::outcome::Outcome;
use crate::quota::{Hint, HintSource};
use crate::scope::Scope;

/// A limit without a stated end is believed this long.
const GUESSED_LIMIT_SECONDS: u64 = 60;

/// What has to be written down, or done, because of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether the account's token is still good has to be found out.
    Doubt(AccountId),
}

impl Roster {
    /// Gives a place back, and learns from what came of it.
    pub(crate) fn give_back(
        &mut self,
        id: AccountId,
        scopes: &[Scope],
        outcome: &Outcome,
        now: u64,
    ) -> Vec<Change> {
        let Some(entry) = self.by_id_mut(id) else {
            return Vec::new();
        };
        entry.in_use = entry.in_use.saturating_sub(1);
        for scope in scopes {
            if let Some(probing) = entry.probing.get_mut(scope) {
                probing.is_running = false;
            }
        }
        match outcome {
            Outcome::Unknown => Vec::new(),
            Outcome::Limited(scope, until) => self.limited(id, scope, *until, now),
            Outcome::TokenRejected => {
                entry.is_doubted = true;
                vec![Change::Doubt(id)]
            }
            Outcome::Challenged(kind) => {
                let egress = entry.egress_name.clone();
                self.rest_egress(egress, *kind, now);
                self.becomes(id, Health::challenged(*kind), now)
            }
            Outcome::Deactivated => self.becomes(id, Health::Deactivated, now),
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
    ) -> Vec<Change> {
        let Some(key) = self.by_id(id).map(|it| it.key) else {
            return Vec::new();
        };
        self.quota.reported(key, scope, remaining, resets_at, now);
        match resets_at {
            Some(until) if remaining == 0 && until > now => {
                self.will_be_probed(id, scope, until);
                vec![Change::CoolDown {
                    id,
                    scope: scope.clone(),
                    until,
                    source: HintSource::Report,
                }]
            }
            _ if remaining > 0 => self.is_there_again(id, scope),
            _ => Vec::new(),
        }
    }

    /// Sets an account's health; nothing comes of it when it is so already.
    pub(crate) fn becomes(&mut self, id: AccountId, health: Health, now: u64) -> Vec<Change> {
        let Some(entry) = self.by_id_mut(id) else {
            return Vec::new();
        };
        if entry.health == health {
            return Vec::new();
        }
        entry.health = health.clone();
        entry.health_since = i64::try_from(now).unwrap_or(i64::MAX);
        vec![Change::Health(id, health)]
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
    pub(crate) fn answered(
        &mut self,
        id: AccountId,
        scopes: &[Scope],
        asked_at: u64,
        now: u64,
    ) -> Vec<Change> {
        let Some(entry) = self.by_id_mut(id) else {
            return Vec::new();
        };
        let key = entry.key;
        let was_challenged = matches!(entry.health, Health::NeedsAttention(_));
        let over: Vec<Scope> = scopes
            .iter()
            .filter(|scope| entry.probing.remove(*scope).is_some())
            .cloned()
            .collect();
        self.quota.used(key, scopes, now);
        self.quota.cleared(key, scopes, asked_at);
        let mut changes: Vec<Change> = over
            .into_iter()
            .map(|scope| Change::CoolDownOver(id, scope))
            .collect();
        if was_challenged {
            changes.extend(self.becomes(id, Health::Healthy, now));
        }
        changes
    }

    fn limited(
        &mut self,
        id: AccountId,
        scope: &Scope,
        until: Option<u64>,
        now: u64,
    ) -> Vec<Change> {
        let Some(key) = self.by_id(id).map(|it| it.key) else {
            return Vec::new();
        };
        let source = match until {
            Some(_) => HintSource::Refusal,
            // A feature may be refused for what is wrong with one file.
            None if matches!(scope, Scope::Feature(_)) => return Vec::new(),
            None => HintSource::Guess,
        };
        let until = until.unwrap_or(now.saturating_add(GUESSED_LIMIT_SECONDS));
        let hint = Hint { until, source };
        self.quota.limited_until(key, scope, hint, now);
        self.will_be_probed(id, scope, until);
        vec![Change::CoolDown {
            id,
            scope: scope.clone(),
            until,
            source,
        }]
    }

    fn will_be_probed(&mut self, id: AccountId, scope: &Scope, from: u64) {
        if let Some(entry) = self.by_id_mut(id) {
            let probing = Probing {
                from,
                is_running: false,
            };
            entry.probing.insert(scope.clone(), probing);
        }
    }

    fn is_there_again(&mut self, id: AccountId, scope: &Scope) -> Vec<Change> {
        let Some(entry) = self.by_id_mut(id) else {
            return Vec::new();
        };
        match entry.probing.remove(scope) {
            Some(_) => vec![Change::CoolDownOver(id, scope.clone())],
            None => Vec::new(),
        }
    }
}
