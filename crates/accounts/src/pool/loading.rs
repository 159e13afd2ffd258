//! From what is stored to what is in memory, again whenever something was changed.

use std::collections::HashMap;
use std::sync::PoisonError;

use store::DatabaseError;
use store::records::{AccountPatch, StoredAccount};
use upstream::Egress;

use super::Pool;
use crate::journal::source_of;
use crate::quota::Hint;
use crate::roster::Entry;
use crate::scope::Scope;

/// Topics of changes that the pool has to know of.
const TOPICS: [&str; 2] = ["account", "health"];

/// A cool-down that was noted so short a time ago may not be written down yet.
const UNWRITTEN_SECONDS: u64 = 5;

impl Pool {
    /// Looks whether something was changed, here or by another process, and loads it.
    ///
    /// Says which kinds of records were changed since the last time.
    pub async fn sync(&self) -> Result<Vec<String>, DatabaseError> {
        let revisions = self.shared.database.revisions().await?;
        let changed = self.changed_since(&revisions);
        if changed.iter().any(|it| it == "data_key") {
            self.shared.database.reread_data_keys().await?;
        }
        if changed.iter().any(|it| TOPICS.contains(&it.as_str())) {
            self.load().await?;
        }
        self.remember(revisions);
        Ok(changed)
    }

    /// Loads the accounts and their cool-downs.
    pub(crate) async fn reload(&self) -> Result<(), DatabaseError> {
        self.load().await
    }

    async fn load(&self) -> Result<(), DatabaseError> {
        let database = &self.shared.database;
        let now = self.shared.now();
        let stored = database.accounts().await?;
        let cool_downs = database.cool_downs(self.shared.now_signed()).await?;
        let mut entries = Vec::with_capacity(stored.len());
        for account in stored {
            let egress = self.bound_egress(&account).await?;
            entries.push(Entry::new(account, egress));
        }
        {
            let mut roster = self.shared.roster();
            roster.replace(entries);
            let mut stated: HashMap<[u8; 16], Vec<Scope>> = HashMap::new();
            for it in cool_downs {
                let (Ok(scope), Some(key)) = (
                    it.scope.parse::<Scope>(),
                    roster.by_id(it.account).map(|it| it.key),
                ) else {
                    continue;
                };
                let hint = Hint {
                    until: u64::try_from(it.until).unwrap_or_default(),
                    source: source_of(&it.source),
                };
                roster.quota.limited_until(key, &scope, hint, now);
                stated.entry(key).or_default().push(scope);
            }
            // What another process has cleared is not stored any more.
            let keys: Vec<_> = roster.entries.iter().map(|it| it.key).collect();
            for key in keys {
                let stated = stated.remove(&key).unwrap_or_default();
                roster.quota.retain_hints(key, |scope, set_at| {
                    stated.contains(scope) || set_at + UNWRITTEN_SECONDS > now
                });
            }
        }
        self.shared.serve_waiting();
        Ok(())
    }

    /// The egress an account is bound to; it is bound to another one when its own was taken
    /// out of the settings.
    async fn bound_egress(&self, account: &StoredAccount) -> Result<Egress, DatabaseError> {
        let offered = &self.shared.settings.egresses;
        let stored = Entry::stored_egress(account);
        match stored {
            Some(Egress::Direct) => return Ok(Egress::Direct),
            Some(egress) if offered.contains(&egress) => return Ok(egress),
            _ => {}
        }
        let egress = self.shared.driver.egress_for(account.identity).clone();
        let is_bound_elsewhere = account.egress.is_some();
        if egress != Egress::Direct || is_bound_elsewhere {
            let patch = AccountPatch {
                egress: Some((egress != Egress::Direct).then(|| egress.address())),
                ..AccountPatch::default()
            };
            // Another process may have cleared the account at this moment.
            match self.shared.database.change_account(account.id, patch).await {
                Ok(()) | Err(DatabaseError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(egress)
    }

    fn changed_since(&self, revisions: &[(String, i64)]) -> Vec<String> {
        let loaded = self.shared.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |it: &&(String, i64)| !loaded.contains(it);
        let changed = revisions.iter().filter(is_new);
        changed.map(|(topic, _)| topic.clone()).collect()
    }

    fn remember(&self, revisions: Vec<(String, i64)>) {
        *self.shared.loaded.lock().unwrap_or_else(PoisonError::into_inner) = revisions;
    }
}
