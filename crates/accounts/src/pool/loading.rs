//! From what is stored to what is in memory, again whenever something was changed.

use std::collections::HashMap;
use std::sync::PoisonError;

use store::DatabaseError;
use store::records::{AccountId, AccountPatch, StoredAccount, StoredCoolDown};
use upstream::{Egress, identity_of};

use super::Pool;
use crate::identity::is_stand_in;
use crate::journal::source_of;
use crate::quota::Hint;
use crate::roster::{Entry, Stored, StoredHint};
use crate::windows::KnownWindow;

/// Topics of changes that the pool has to know of.
const TOPICS: [&str; 2] = ["account", "health"];

impl Pool {
    /// Looks whether something was changed, here or by another process, and loads it.
    ///
    /// Says which kinds of records were changed since the last time. To be called every
    /// second or so: what time alone has freed is given to those that wait as well.
    pub async fn sync(&self) -> Result<Vec<String>, DatabaseError> {
        self.shared.serve_waiting();
        let revisions = self.shared.database.revisions().await?;
        let changed = self.changed_since(&revisions);
        if changed.iter().any(|it| it == "data_key") {
            self.shared.database.reread_data_keys().await?;
        }
        if changed.iter().any(|it| TOPICS.contains(&it.as_str())) {
            self.reload().await?;
        }
        self.remember(revisions);
        Ok(changed)
    }

    /// Loads the accounts and their cool-downs.
    pub(crate) async fn reload(&self) -> Result<(), DatabaseError> {
        let _order = self.shared.loading.lock().await;
        let shared = &self.shared;
        let written = shared.journal.written();
        let mut entries = Vec::new();
        let mut windows = self.stored_windows().await?;
        for account in self.identified().await? {
            let egress = self.bound_egress(&account).await?;
            let mut entry = Entry::new(account, egress);
            entry.windows = windows.remove(&entry.id).unwrap_or_default();
            entries.push(entry);
        }
        give_each_a_turn(&mut entries);
        entries.extend(self.anonymous_entry(&entries));
        // Also those that are over: they have yet to be shown to be.
        let cool_downs = shared.database.cool_downs(0).await?;
        let stored = Stored {
            entries,
            cool_downs: cool_downs.iter().filter_map(read).collect(),
            written,
        };
        shared.change(|roster, now| roster.replace(stored, now));
        Ok(())
    }

    /// What is known of spans of time, by account.
    async fn stored_windows(&self) -> Result<HashMap<AccountId, Vec<KnownWindow>>, DatabaseError> {
        let mut windows: HashMap<_, Vec<_>> = HashMap::new();
        for it in self.shared.database.quota_windows().await? {
            let of_account = windows.entry(it.account).or_default();
            of_account.push(KnownWindow::read(it));
        }
        Ok(windows)
    }

    /// The accounts as they are stored; those that have said with their first AccessToken who
    /// they are get that identity, and become one with an account that has it already.
    async fn identified(&self) -> Result<Vec<StoredAccount>, DatabaseError> {
        let database = &self.shared.database;
        let stored = database.accounts().await?;
        let mut is_changed = false;
        for account in stored.iter().filter(|it| is_stand_in(it.identity)) {
            let Some(access) = &account.tokens.access else {
                continue;
            };
            let identity = identity_of(access, account.workspace.as_deref());
            match database.identify_account(account.id, identity).await {
                Ok(_) => is_changed = true,
                // Another process does the same at this moment; it will be seen.
                Err(error) => {
                    tracing::warn!(account.id = %account.id, "the account is not named yet: {error}");
                }
            }
        }
        if is_changed {
            database.accounts().await
        } else {
            Ok(stored)
        }
    }

    /// The egress an account is bound to; it is bound to another one when its own was taken
    /// out of the settings.
    async fn bound_egress(&self, account: &StoredAccount) -> Result<Egress, DatabaseError> {
        let offered = &self.shared.settings.egresses;
        // What cannot be read is not written over.
        if account.tokens.is_locked {
            return Ok(self.shared.drivers.web.egress_for(account.identity).clone());
        }
        let stored = Entry::stored_egress(account);
        match stored {
            Some(Egress::Direct) => return Ok(Egress::Direct),
            Some(egress) if offered.contains(&egress) => return Ok(egress),
            _ => {}
        }
        let egress = self.shared.drivers.web.egress_for(account.identity).clone();
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
        let loaded = self
            .shared
            .loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_new = |it: &&(String, i64)| !loaded.contains(it);
        let changed = revisions.iter().filter(is_new);
        changed.map(|(topic, _)| topic.clone()).collect()
    }

    fn remember(&self, revisions: Vec<(String, i64)>) {
        *self
            .shared
            .loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = revisions;
    }
}

fn read(stored: &StoredCoolDown) -> Option<StoredHint> {
    Some(StoredHint {
        id: stored.account,
        scope: stored.scope.parse().ok()?,
        hint: Hint {
            until: u64::try_from(stored.until).unwrap_or_default(),
            source: source_of(&stored.source),
        },
        noted_at: u64::try_from(stored.noted_at).unwrap_or_default(),
    })
}

/// Two processes that take accounts in at the same moment may give two the same place, and
/// strict turns would pass one of them over for ever.
fn give_each_a_turn(entries: &mut [Entry]) {
    entries.sort_by_key(|it| (it.position, it.id));
    let mut next = 0;
    for entry in entries {
        entry.position = entry.position.max(next);
        next = entry.position + 1;
    }
}
