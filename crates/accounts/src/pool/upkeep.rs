//! What keeps accounts usable: renewing tokens, finding out whether a token still serves,
//! asking upstream about an account.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use store::DatabaseError;
use store::records::{AccountId, AccountPatch};
use tokio::time::sleep;
use upstream::FailureKind;

use super::Pool;
use super::shared::Shared;
use crate::health::Health;
use crate::refresh::{Fresh, RenewFailure, Renewed, Target};

/// Renewals in the background begin so far apart, so that no egress sends a herd.
const PACE: Duration = Duration::from_secs(1);

/// AccessTokens are renewed so long before they end, and up to a day more, each account at
/// a moment of its own.
const RENEWED_BEFORE_SECONDS: u64 = 24 * 3600;
const SPREAD_SECONDS: u64 = 24 * 3600;

/// Renewing all accounts is spread over so long.
const ALL_SPREAD_SECONDS: u64 = 3600;

impl Shared {
    /// Renews an account's tokens, and learns from how it went.
    pub(crate) async fn renew(
        self: &Arc<Self>,
        id: AccountId,
        generation: i64,
        is_dead: bool,
    ) -> Result<(), RenewFailure> {
        let Some(target) = self.target(id, generation, is_dead) else {
            return Err(RenewFailure {
                is_permanent: false,
                message: "the account is gone".to_owned(),
            });
        };
        let result = self.refresher.renew(target).await;
        let pool = Pool {
            shared: Arc::clone(self),
        };
        match result {
            Ok(Renewed::Elsewhere) => pool.reload().await.map_err(not_loaded)?,
            Ok(Renewed::Here(fresh)) => {
                self.identify(id, &fresh).await.map_err(not_loaded)?;
                pool.reload().await.map_err(not_loaded)?;
                let changes = self.roster().becomes(id, Health::Healthy, self.now());
                self.follow(changes);
            }
            Err(failure) => {
                if failure.is_permanent {
                    let health = Health::NeedsSignIn(failure.message.clone());
                    let changes = self.roster().becomes(id, health, self.now());
                    self.follow(changes);
                }
                tracing::warn!(
                    account.id = %id,
                    is_permanent = failure.is_permanent,
                    "an account's tokens were not renewed: {}", failure.message,
                );
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Renews in the background, while the old token still serves.
    pub(crate) fn renew_meanwhile(self: &Arc<Self>, id: AccountId, generation: i64) {
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            // What went wrong is in the log, and tried again.
            let _renewed = shared.renew(id, generation, false).await;
        });
    }

    /// Finds out whether a token that was rejected once is good no more.
    pub(super) fn look_into(self: &Arc<Self>, id: AccountId) {
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            shared.resolve_doubt(id).await;
            if let Some(entry) = shared.roster().by_id_mut(id) {
                entry.is_doubted = false;
            }
            shared.serve_waiting();
        });
    }

    async fn resolve_doubt(self: &Arc<Self>, id: AccountId) {
        let known = {
            let roster = self.roster();
            let entry = roster.by_id(id);
            entry.map(|it| (it.credential.clone(), it.can_refresh, it.generation))
        };
        let Some((credential, can_refresh, generation)) = known else {
            return;
        };
        if let Some(credential) = credential {
            match self.driver.check_account(&credential).await {
                Err(failure) if failure.kind == FailureKind::Unauthorized => {}
                Err(failure) if failure.kind == FailureKind::Deactivated => {
                    let changes = self.roster().becomes(id, Health::Deactivated, self.now());
                    return self.follow(changes);
                }
                // It serves after all, or upstream cannot say at the moment.
                _ => return,
            }
        }
        if can_refresh && self.renew(id, generation, true).await.is_ok() {
            return;
        }
        self.gives_up_token(id, can_refresh).await;
    }

    /// Forgets a token that upstream does not accept any more.
    async fn gives_up_token(self: &Arc<Self>, id: AccountId, can_refresh: bool) {
        if let Err(error) = self.database.drop_access(id).await {
            tracing::warn!(account.id = %id, "a rejected token is still stored: {error}");
        }
        let changes = {
            let mut roster = self.roster();
            if let Some(entry) = roster.by_id_mut(id) {
                entry.credential = None;
            }
            if can_refresh {
                Vec::new()
            } else {
                let reason = "ChatGPT does not accept the AccessToken any more; add a new one";
                roster.becomes(id, Health::NeedsSignIn(reason.to_owned()), self.now())
            }
        };
        self.follow(changes);
    }

    fn target(&self, id: AccountId, generation: i64, is_dead: bool) -> Option<Target> {
        let roster = self.roster();
        let entry = roster.by_id(id)?;
        Some(Target {
            id,
            label: entry.label.clone(),
            workspace: entry.stored.workspace.clone(),
            egress: entry.egress.clone(),
            generation,
            is_dead,
        })
    }

    async fn identify(&self, id: AccountId, fresh: &Fresh) -> Result<(), DatabaseError> {
        let is_unidentified = self.roster().by_id(id).is_some_and(|it| it.is_unidentified());
        if is_unidentified {
            self.database.identify_account(id, fresh.identity).await?;
        }
        Ok(())
    }
}

impl Pool {
    /// Renews one account's tokens now, however good they are.
    pub async fn renew_now(&self, id: AccountId) -> Result<(), RenewRefused> {
        let generation = self.shared.roster().by_id(id).map(|it| it.generation);
        let generation = generation.ok_or(RenewRefused::UnknownAccount)?;
        let renewed = self.shared.renew(id, generation, true).await;
        renewed.map_err(|failure| RenewRefused::Failed(failure.message))
    }

    /// Renews the tokens of accounts that are about to need it, or that were not renewed
    /// since `all_since` (unix seconds).
    pub async fn renew_due(&self, all_since: Option<i64>) {
        let now = self.shared.now();
        let mut due: Vec<(AccountId, i64, bool)> = {
            let roster = self.shared.roster();
            let entries = roster.entries.iter();
            let due = entries.filter(|it| it.is_due(now, all_since));
            due.map(|it| (it.id, it.generation, it.is_expired(now))).collect()
        };
        // Several processes do this at the same time: each in an order of its own.
        fastrand::shuffle(&mut due);
        for (index, (id, generation, is_dead)) in due.into_iter().enumerate() {
            if index > 0 {
                sleep(PACE).await;
            }
            let _told = self.shared.renew(id, generation, is_dead).await;
        }
    }

    /// Asks upstream about an account, and writes down what it says.
    pub async fn check(&self, id: AccountId) -> Result<Checked, RenewRefused> {
        let key = self.shared.roster().by_id(id).map(|it| it.key);
        let key = key.ok_or(RenewRefused::UnknownAccount)?;
        let Some(lease) = self.lease_pooled(key).await else {
            let reason = self.account(id).map(|it| it.health).and_then(|it| {
                let reason = it.reason();
                reason.map(str::to_owned)
            });
            let reason = reason.unwrap_or_else(|| "the account has no token that serves".into());
            return Err(RenewRefused::Failed(reason));
        };
        match self.shared.driver.check_account(lease.credential()).await {
            Ok(facts) => {
                let health = if facts.is_deactivated() {
                    Health::Deactivated
                } else {
                    Health::Healthy
                };
                let profile = json!({
                    "name": facts.display_name.as_ref().map(secrecy::ExposeSecret::expose_secret),
                    "email": facts.email.as_ref().map(secrecy::ExposeSecret::expose_secret),
                });
                let patch = AccountPatch {
                    facts: Some((
                        facts.plan().map(str::to_owned),
                        SecretString::from(profile.to_string()),
                        self.shared.now_signed(),
                    )),
                    ..AccountPatch::default()
                };
                let stored = self.shared.database.change_account(id, patch).await;
                stored.map_err(|error| RenewRefused::Failed(error.to_string()))?;
                let changes = self.shared.roster().becomes(id, health, self.shared.now());
                self.shared.follow(changes);
                Ok(Checked {
                    plan: facts.plan().map(str::to_owned),
                    is_deactivated: facts.is_deactivated(),
                })
            }
            Err(failure) => {
                let now = self.shared.now();
                lease.ended(crate::outcome::Outcome::of_failure(&failure, "", now));
                Err(RenewRefused::Failed(failure.message))
            }
        }
    }

    /// Accounts that upstream was not asked about since then (unix seconds).
    pub fn unchecked_since(&self, then: i64) -> Vec<AccountId> {
        let now = self.shared.now();
        let roster = self.shared.roster();
        let entries = roster.entries.iter();
        let shared = entries.filter(|it| it.is_shared && !it.is_dead(now));
        let due = shared.filter(|it| it.stored.checked_at.is_none_or(|at| at < then));
        due.map(|it| it.id).collect()
    }
}

/// What upstream says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its plan.
    pub plan: Option<String>,
    /// Whether it, or its workspace, is gone.
    pub is_deactivated: bool,
}

/// An account was not renewed, or not checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenewRefused {
    /// There is no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// It did not work.
    #[error("{0}")]
    Failed(String),
}

impl crate::roster::Entry {
    fn is_due(&self, now: u64, all_since: Option<i64>) -> bool {
        let is_given_up = self.is_disabled || !self.is_shared || !self.can_refresh;
        if is_given_up || !matches!(self.health, Health::Healthy | Health::NeedsAttention(_)) {
            return false;
        }
        let [a, b, c, d, ..] = self.key;
        let own = u64::from(u32::from_be_bytes([a, b, c, d]));
        let ends_soon = self.access_expires_at.is_none_or(|at| {
            at <= now.saturating_add(RENEWED_BEFORE_SECONDS + own % SPREAD_SECONDS)
        });
        let is_old = all_since.is_some_and(|since| {
            let last = self.stored.tokens.refreshed_at.unwrap_or(self.stored.created_at);
            let turn = since.saturating_add_unsigned(own % ALL_SPREAD_SECONDS);
            last < since && turn <= i64::try_from(now).unwrap_or(i64::MAX)
        });
        self.credential.is_none() || ends_soon || is_old
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over results")]
fn not_loaded(error: DatabaseError) -> RenewFailure {
    RenewFailure {
        is_permanent: false,
        message: format!("the renewed tokens could not be loaded: {error}"),
    }
}
