//! What is known of the accounts' capacity, by account and by model or feature.
//!
//! Fed with what happens (`used`, `reported`, `limited_until`, `cleared`) and asked for facts.
//! Pure and in memory: the moment comes from outside, and nothing is ever certain, because an
//! account's owner uses it too. Used by the pool.

mod record;

use std::collections::HashMap;

use crate::scope::Scope;
use record::Record;

/// No hint is believed for longer: upstream's longest limits are of four weeks.
pub const LONGEST_HINT_SECONDS: u64 = 31 * 24 * 3600;

/// Of more accounts than this the one that was not seen for longest is forgotten.
const MAX_ACCOUNTS: usize = 20_000;

/// A caller can name any model, so an account remembers this many scopes at most.
const MAX_SCOPES: usize = 32;

/// What is left of an account for one attempt, as far as is known. The default knows nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Answers left until the reset.
    pub remaining: Option<u64>,
    /// Answers between two resets.
    pub capacity: Option<u64>,
    /// When all of it is there again, in Unix seconds.
    pub resets_at: Option<u64>,
    /// Whether nothing was asked of it since the last reset that is known.
    pub is_untouched: bool,
}

/// Who says that an account is not to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintSource {
    /// Upstream refused an attempt and named the moment.
    Refusal,
    /// Upstream reported that nothing is left, beside an answer or in its list of limits.
    Report,
    /// Upstream refused an attempt and named no moment; the gateway chose one.
    Guess,
}

/// Not to be asked before a moment, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// Unix seconds.
    pub until: u64,
    /// Who says so.
    pub source: HintSource,
}

/// What is known of all accounts.
#[derive(Debug, Default)]
pub struct QuotaBook {
    accounts: HashMap<[u8; 16], Vec<(Scope, Record)>>,
}

impl QuotaBook {
    /// An answer has begun. To be told before what that answer reports.
    pub fn used(&mut self, account: [u8; 16], scopes: &[Scope], now: u64) {
        for scope in scopes {
            self.record(account, scope, now).used(now);
        }
    }

    /// Upstream said what is left, and until when that is so, if it named the moment.
    pub fn reported(
        &mut self,
        account: [u8; 16],
        scope: &Scope,
        remaining: u64,
        resets_at: Option<u64>,
        now: u64,
    ) {
        let record = self.record(account, scope, now);
        record.reported(remaining, resets_at, now);
    }

    /// Not to be asked until then. Of several hints the longest counts.
    pub fn limited_until(&mut self, account: [u8; 16], scope: &Scope, hint: Hint, now: u64) {
        self.record(account, scope, now).limited_until(hint, now);
    }

    /// An attempt that was sent at that moment succeeded: what was hinted before is void.
    pub fn cleared(&mut self, account: [u8; 16], scopes: &[Scope], asked_at: u64) {
        let records = self.accounts.get_mut(&account).into_iter().flatten();
        for (_, record) in records.filter(|(scope, _)| scopes.contains(scope)) {
            record.cleared(asked_at);
        }
    }

    /// The hint that holds an account back for longest; `None` when it can do all of `scopes`.
    pub fn hint(&self, account: [u8; 16], scopes: &[Scope], now: u64) -> Option<Hint> {
        let hints = self
            .records(account, scopes)
            .filter_map(|record| record.hint(now));
        hints.max_by_key(|hint| hint.until)
    }

    /// All hints of an account that are in force.
    pub fn hints(&self, account: [u8; 16], now: u64) -> Vec<(Scope, Hint)> {
        let records = self.accounts.get(&account).into_iter().flatten();
        let hints = records.filter_map(|(scope, record)| Some((scope.clone(), record.hint(now)?)));
        hints.collect()
    }

    /// Takes back the hints that are not wanted any more; told by scope and by when they were
    /// given, in unix seconds.
    pub fn retain_hints(&mut self, account: [u8; 16], is_wanted: impl Fn(&Scope, u64) -> bool) {
        let records = self.accounts.get_mut(&account).into_iter().flatten();
        for (scope, record) in records {
            record.retain_hint(|set_at| is_wanted(scope, set_at));
        }
    }

    /// What is left for an attempt that needs all of `scopes`: that of which there is least.
    pub fn quota(&self, account: [u8; 16], scopes: &[Scope], now: u64) -> Quota {
        let quotas = self
            .records(account, scopes)
            .map(|record| record.quota(now));
        let scarcest = quotas.min_by_key(|quota| (quota.remaining.is_none(), quota.remaining));
        scarcest.unwrap_or_default()
    }

    fn records(&self, account: [u8; 16], scopes: &[Scope]) -> impl Iterator<Item = &Record> {
        let records = self.accounts.get(&account).into_iter().flatten();
        let wanted = records.filter(|(scope, _)| scopes.contains(scope));
        wanted.map(|(_, record)| record)
    }

    /// The record of a scope, made if there is none; where there are too many, one gives way.
    fn record(&mut self, account: [u8; 16], scope: &Scope, now: u64) -> &mut Record {
        if self.accounts.len() >= MAX_ACCOUNTS && !self.accounts.contains_key(&account) {
            self.forget_one(now);
        }
        let records = self.accounts.entry(account).or_default();
        let known = records.iter().position(|(known, _)| known == scope);
        let index = known.unwrap_or_else(|| {
            if records.len() >= MAX_SCOPES
                && let Some(index) = least_valuable(records, now)
            {
                records.swap_remove(index);
            }
            records.push((scope.clone(), Record::default()));
            records.len() - 1
        });
        &mut records[index].1
    }

    fn forget_one(&mut self, now: u64) {
        let value = |records: &[(Scope, Record)]| {
            let values = records.iter().map(|(_, record)| record.value(now));
            values.max()
        };
        let accounts = self.accounts.iter();
        let least = accounts.min_by_key(|(_, records)| value(records));
        if let Some(account) = least.map(|(account, _)| *account) {
            self.accounts.remove(&account);
        }
    }
}

fn least_valuable(records: &[(Scope, Record)], now: u64) -> Option<usize> {
    (0..records.len()).min_by_key(|index| records[*index].1.value(now))
}

#[cfg(test)]
mod tests;
