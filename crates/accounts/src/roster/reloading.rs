//! Taking over what is stored, while requests run on what was there before.
//!
//! What is stored counts, except where a change made here was not written down yet when it
//! was read. Changes are numbered for that. Used by the pool whenever it loads.

use std::collections::{HashMap, HashSet};

use store::records::AccountId;

use super::{Change, Entry, Probing, Roster};
use crate::quota::Hint;
use crate::scope::Scope;

/// What is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) entries: Vec<Entry>,
    pub(crate) cool_downs: Vec<StoredHint>,
    /// The last change that was surely written down before it was read.
    pub(crate) written: u64,
}

/// A cool-down that is stored, also one that is over and not shown to be.
#[derive(Debug)]
pub(crate) struct StoredHint {
    pub(crate) id: AccountId,
    pub(crate) scope: Scope,
    pub(crate) hint: Hint,
    /// Unix seconds.
    pub(crate) noted_at: u64,
}

impl Roster {
    /// Takes the accounts as they are stored now; what runs goes on.
    pub(crate) fn replace(&mut self, stored: Stored, now: u64) {
        let mut before: HashMap<AccountId, Entry> = std::mem::take(&mut self.entries)
            .into_iter()
            .map(|entry| (entry.id, entry))
            .collect();
        let mut news = Vec::new();
        for mut entry in stored.entries {
            let known = before.remove(&entry.id);
            news.push((entry.key, entry.merge_windows(known.as_ref())));
            let is_due = known.is_some_and(|it| entry.go_on_from(it, stored.written));
            if is_due {
                entry.health_change = self.note(Change::Health(entry.id, entry.health.clone()));
            }
            self.entries.push(entry);
        }
        let entries = || self.entries.iter().enumerate();
        self.by_key = entries().map(|(index, it)| (it.key, index)).collect();
        self.by_id = entries().map(|(index, it)| (it.id, index)).collect();
        for (key, windows) in news {
            self.windows_read(key, &windows, now);
        }
        self.replace_cool_downs(stored.cool_downs, stored.written, now);
    }

    fn replace_cool_downs(&mut self, stored: Vec<StoredHint>, written: u64, now: u64) {
        let mut named: HashSet<(AccountId, Scope)> = HashSet::with_capacity(stored.len());
        for it in stored {
            let Some(entry) = self
                .by_id
                .get(&it.id)
                .map(|index| &mut self.entries[*index])
            else {
                continue;
            };
            // It is still stored, because its end was not written down yet.
            if entry
                .over
                .get(&it.scope)
                .is_some_and(|change| *change > written)
            {
                continue;
            }
            entry.learns_of(&it);
            if it.hint.until > now {
                self.quota.limited_until(entry.key, &it.scope, it.hint, now);
            }
            named.insert((it.id, it.scope));
        }
        for entry in &mut self.entries {
            entry.over.retain(|_, change| *change > written);
            let (id, is_anonymous) = (entry.id, entry.is_anonymous());
            // What another process has cleared is not stored any more.
            entry.probing.retain(|scope, it| {
                let is_unwritten = it.change > written || is_anonymous;
                it.is_running || is_unwritten || named.contains(&(id, scope.clone()))
            });
            let probing = &entry.probing;
            self.quota
                .retain_hints(entry.key, |scope, _| probing.contains_key(scope));
        }
    }
}

impl Entry {
    fn learns_of(&mut self, stored: &StoredHint) {
        let from = stored.hint.until;
        let it = self.probing.entry(stored.scope.clone()).or_insert(Probing {
            from,
            noted_at: stored.noted_at,
            is_running: false,
            change: 0,
        });
        if it.from < from {
            it.from = from;
            it.noted_at = stored.noted_at;
        }
    }
}
