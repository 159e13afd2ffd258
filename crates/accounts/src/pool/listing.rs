//! What is known of the accounts, for people; and what an operator may do with one.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::DatabaseError;
use store::records::{AccountId, AccountPatch, Cleared};

use super::{Pool, anonymous};
use crate::health::Health;
use crate::journal::source_word;
use crate::roster::{Entry, Roster};
use crate::scope::Scope;
use crate::windows::KnownWindow;

/// An account as people see it. Holds no token.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "it is read, field by field, and never matched"
)]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub label: String,
    /// Where it came from.
    pub source: String,
    /// Its place in the order of upload.
    pub position: i64,
    /// How it is.
    pub health: Health,
    /// Since when, in unix seconds.
    pub health_since: i64,
    /// Whether an operator took it out.
    pub is_disabled: bool,
    /// Whether it can be asked now.
    pub is_usable: bool,
    /// What it may not do for a while.
    pub cool_downs: Vec<CoolDown>,
    /// What upstream said of spans of time in which so much of it may be used.
    pub windows: Vec<KnownWindow>,
    /// Requests on it now.
    pub in_use: u32,
    /// The most at once, where it has a limit of its own.
    pub max_in_use: Option<u32>,
    /// Its plan.
    pub plan: Option<String>,
    /// The workspace it acts for.
    pub workspace: Option<String>,
    /// Where its server is; nothing for an account of ChatGPT.
    pub base_url: Option<String>,
    /// Its owner's e-mail, as far as upstream has said it.
    pub email: Option<SecretString>,
    /// Its owner's name.
    pub name: Option<SecretString>,
    /// The egress it is bound to, without credentials.
    pub egress: String,
    /// What it states as its device.
    pub device_id: uuid::Uuid,
    /// When its AccessToken ends.
    pub access_expires_at: Option<u64>,
    /// Which client its RefreshToken belongs to.
    pub refresh_client: Option<String>,
    /// Whether its tokens can be renewed.
    pub can_refresh: bool,
    /// When they were last.
    pub refreshed_at: Option<i64>,
    /// When upstream was last asked about it.
    pub checked_at: Option<i64>,
    /// When it was added.
    pub created_at: i64,
    /// Whether it serves everybody, and not only whoever holds its token.
    pub is_shared: bool,
}

impl AccountView {
    /// Whether it is the account without a sign-in, which has nothing to renew or to check.
    pub fn is_anonymous(&self) -> bool {
        self.source == anonymous::NAME
    }
}

/// Something an account may not do for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoolDown {
    /// What.
    pub scope: Scope,
    /// Until when, in unix seconds.
    pub until: u64,
    /// Who says so: `refusal`, `report` or `guess`.
    pub source: &'static str,
}

#[derive(Default, Deserialize)]
struct Profile {
    name: Option<String>,
    email: Option<String>,
}

impl Pool {
    /// All accounts, in the order of upload.
    pub fn accounts(&self) -> Vec<AccountView> {
        let now = self.shared.now();
        let roster = self.shared.roster();
        let entries = roster.entries.iter();
        entries.map(|entry| entry.view(&roster, now)).collect()
    }

    /// An account's AccessToken: for an operator who has asked for it with `EXPOSE_SEED_TOKENS`, and
    /// for whoever showed the RefreshToken it was bought with. The one way for a token to leave.
    pub fn exposed_token(&self, id: AccountId) -> Option<SecretString> {
        let roster = self.shared.roster();
        roster.by_id(id)?.stored.tokens.access.clone()
    }

    /// What tells the ChatGPT account from others.
    pub(crate) fn identity_of(&self, id: AccountId) -> Option<[u8; 16]> {
        self.shared.roster().by_id(id).map(|it| it.key)
    }

    /// One account.
    pub fn account(&self, id: AccountId) -> Option<AccountView> {
        let now = self.shared.now();
        let roster = self.shared.roster();
        roster.by_id(id).map(|entry| entry.view(&roster, now))
    }

    /// The accounts that `name` may mean: by id, by label, or by the beginning of an id.
    pub fn named(&self, name: &str) -> Vec<AccountView> {
        let accounts = self.accounts();
        let exact = |it: &AccountView| it.id.to_string() == name || it.label == name;
        let matching: Vec<_> = accounts.iter().filter(|it| exact(it)).cloned().collect();
        if !matching.is_empty() || name.len() < 4 {
            return matching;
        }
        let begins = |it: &AccountView| it.id.to_string().starts_with(name);
        accounts.into_iter().filter(begins).collect()
    }

    /// Changes an account's settings.
    pub async fn change(&self, id: AccountId, patch: AccountPatch) -> Result<(), DatabaseError> {
        self.shared.database.change_account(id, patch).await?;
        self.reload().await
    }

    /// Removes an account and its tokens for ever.
    pub async fn remove(&self, id: AccountId) -> Result<(), DatabaseError> {
        self.shared.database.remove_account(id).await?;
        self.reload().await
    }

    /// Clears all accounts; they can be brought back for a while.
    pub async fn clear(&self) -> Result<Cleared, DatabaseError> {
        let cleared = self
            .shared
            .database
            .clear_accounts(self.shared.now_signed())
            .await?;
        self.reload().await?;
        Ok(cleared)
    }

    /// Clears these accounts; they can be brought back for a while.
    pub async fn clear_these(&self, accounts: &[AccountId]) -> Result<Cleared, DatabaseError> {
        let now = self.shared.now_signed();
        let cleared = self.shared.database.clear_these_accounts(accounts, now);
        let cleared = cleared.await?;
        self.reload().await?;
        Ok(cleared)
    }

    /// Brings back what a clearing took.
    pub async fn undo_clearing(&self, clearing: &str) -> Result<u64, DatabaseError> {
        let restored = self.shared.database.undo_clearing(clearing).await?;
        self.reload().await?;
        Ok(restored)
    }

    /// Takes an operator's word that a cool-down, or all of an account's, are over.
    pub async fn clear_cool_downs(
        &self,
        id: AccountId,
        scope: Option<Scope>,
    ) -> Result<(), DatabaseError> {
        let text = scope.as_ref().map(ToString::to_string);
        let shared = &self.shared;
        // Nothing is loaded meanwhile, and what was noted before is not written after.
        let _order = shared.loading.lock().await;
        shared.journal.flush().await;
        shared.database.clear_cool_down(id, text).await?;
        shared.change(|roster, _| roster.clear_cool_downs(id, scope.as_ref()));
        Ok(())
    }

    /// Takes an operator's word that an account is healthy again.
    pub fn mark_healthy(&self, id: AccountId) {
        self.shared
            .change(|roster, now| roster.becomes(id, Health::Healthy, now));
    }

    /// How many requests wait for an account.
    pub fn waiting(&self) -> usize {
        self.shared.roster().waiting.len()
    }
}

impl Entry {
    fn view(&self, roster: &Roster, now: u64) -> AccountView {
        let hints = roster.quota.hints(self.key, now);
        let cool_downs = hints.into_iter().map(|(scope, hint)| CoolDown {
            scope,
            until: hint.until,
            source: source_word(hint.source),
        });
        let profile = self.stored.profile.as_ref();
        let profile = profile.and_then(|it| serde_json::from_str(it.expose_secret()).ok());
        let Profile { name, email } = profile.unwrap_or_default();
        AccountView {
            id: self.id,
            label: self.label.clone(),
            source: self.stored.source.clone(),
            position: self.stored.position,
            health: self.health.clone(),
            health_since: self.health_since,
            is_disabled: self.is_disabled,
            is_usable: self.is_usable(now),
            cool_downs: cool_downs.collect(),
            windows: self.windows.clone(),
            in_use: self.in_use,
            max_in_use: self.max_in_use,
            plan: self.stored.plan.clone(),
            workspace: self.stored.workspace.clone(),
            base_url: self.stored.base_url.clone(),
            email: email.map(SecretString::from),
            name: name.map(SecretString::from),
            egress: self.egress_name.clone(),
            device_id: self.stored.device_id,
            access_expires_at: self.access_expires_at,
            refresh_client: self.stored.tokens.refresh_client.clone(),
            can_refresh: self.can_refresh,
            refreshed_at: self.stored.tokens.refreshed_at,
            checked_at: self.stored.checked_at,
            created_at: self.stored.created_at,
            is_shared: self.is_shared,
        }
    }
}
