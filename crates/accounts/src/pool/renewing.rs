//! When tokens are renewed, and what is learned from how it went. How is `refresh`'s.

use std::sync::Arc;
use std::time::Duration;

use store::DatabaseError;
use store::records::AccountId;
use tokio::time::sleep;

use super::Pool;
use super::anonymous::refuse_anonymous;
use super::shared::Shared;
use crate::health::Health;
use crate::refresh::{Fate, RenewFailure, RenewResult, Renewed, Target};
use crate::roster::Entry;

/// Renewals in the background begin so far apart, so that no egress sends a herd.
const PACE: Duration = Duration::from_secs(1);

/// An `AccessToken` is renewed so long before it ends, and up to a day more, each account at
/// a moment of its own.
const RENEWED_BEFORE_SECONDS: u64 = 24 * 3600;
const SPREAD_SECONDS: u64 = 24 * 3600;

/// Renewing all accounts is spread over so long.
const ALL_SPREAD_SECONDS: u64 = 3600;

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

impl Pool {
    /// Renews one account's tokens now, however good they are: for whoever asks for it, also a
    /// token that may be spent is tried.
    pub async fn renew_now(&self, id: AccountId) -> Result<(), RenewRefused> {
        refuse_anonymous(id)?;
        let known = {
            let roster = self.shared.roster();
            let entry = roster.by_id(id);
            entry.map(|it| {
                let is_of_platform = it.stored.base_url.is_some();
                (it.generation, it.can_refresh, is_of_platform)
            })
        };
        match known {
            None => Err(RenewRefused::UnknownAccount),
            Some((.., true)) => Err(RenewRefused::Failed(
                "an API key needs no renewal".to_owned(),
            )),
            Some((_, false, _)) => Err(RenewRefused::Failed(
                "the account has no RefreshToken; sign it in again".to_owned(),
            )),
            Some((generation, true, false)) => {
                let renewed = self.shared.renew(id, generation, true).await;
                renewed.map_err(|failure| RenewRefused::Failed(failure.message))
            }
        }
    }

    /// Renews the tokens of accounts that are about to need it, or that were not renewed
    /// since `all_since` (unix seconds).
    pub async fn renew_due(&self, all_since: Option<i64>) {
        let now = self.shared.now();
        let mut due: Vec<(AccountId, i64, bool)> = {
            let roster = self.shared.roster();
            let entries = roster.entries.iter();
            let due = entries.filter(|it| it.is_due(now, all_since));
            due.map(|it| (it.id, it.generation, !it.has_token(now)))
                .collect()
        };
        // Several processes do this at the same time: each in an order of its own.
        fastrand::shuffle(&mut due);
        for (index, (id, generation, is_dead)) in due.into_iter().enumerate() {
            if index > 0 {
                sleep(PACE).await;
            }
            // Somebody may have been quicker.
            let is_renewed = {
                let roster = self.shared.roster();
                roster.by_id(id).is_none_or(|it| it.generation > generation)
            };
            if !is_renewed {
                let _told = self.shared.renew(id, generation, is_dead).await;
            }
        }
    }
}

impl Shared {
    /// Renews an account's tokens, and learns from how it went.
    ///
    /// `generation` is that of the tokens that are too old: if there are newer ones by now,
    /// they are loaded instead.
    pub(crate) async fn renew(
        self: &Arc<Self>,
        id: AccountId,
        generation: i64,
        is_dead: bool,
    ) -> Result<(), RenewFailure> {
        let target = {
            let roster = self.roster();
            roster.by_id(id).map(|entry| Target {
                id,
                label: entry.label.clone(),
                egress: entry.egress.clone(),
                generation,
                is_dead,
            })
        };
        let target =
            target.ok_or_else(|| RenewFailure::new(Fate::Changed, "the account was removed"))?;
        let pool = Pool {
            shared: Arc::clone(self),
        };
        let learned = move |result| async move { pool.learned(id, result).await };
        self.refresher.renew(target, learned).await.map(drop)
    }

    /// Renews in the background, while the old token still serves.
    pub(crate) fn renew_meanwhile(self: &Arc<Self>, id: AccountId, generation: i64) {
        let shared = Arc::clone(self);
        let renewing = async move {
            // What went wrong is in the log, and tried again.
            let _renewed = shared.renew(id, generation, false).await;
        };
        self.tasks.spawn_on(renewing, &self.runtime);
    }
}

impl Pool {
    /// Once for each renewal, however many wait for it.
    async fn learned(&self, id: AccountId, result: RenewResult) -> RenewResult {
        match &result {
            Ok(Renewed::Here) => {
                self.shared.change(|roster, now| {
                    let needs = |it: &Entry| matches!(it.health, Health::NeedsSignIn(_));
                    if roster.by_id(id).is_some_and(needs) {
                        roster.becomes(id, Health::Healthy, now);
                    }
                });
                self.reload().await.map_err(|error| not_loaded(&error))?;
            }
            Ok(Renewed::Elsewhere) => self.reload().await.map_err(|error| not_loaded(&error))?,
            Err(failure) => match failure.fate {
                Fate::Lost => {
                    let health = Health::NeedsSignIn(failure.message.clone());
                    self.shared
                        .change(|roster, now| roster.becomes(id, health, now));
                }
                Fate::Changed => self.reload().await.map_err(|error| not_loaded(&error))?,
                Fate::Kept | Fate::Unsettled => {}
            },
        }
        result
    }
}

impl Entry {
    fn is_due(&self, now: u64, all_since: Option<i64>) -> bool {
        let is_given_up = self.is_disabled || !self.is_shared || !self.can_refresh;
        if is_given_up || !matches!(self.health, Health::Healthy | Health::NeedsAttention(_)) {
            return false;
        }
        let [a, b, c, d, ..] = self.key;
        let own = u64::from(u32::from_be_bytes([a, b, c, d]));
        // One whose end is not known is renewed when upstream rejects it.
        let ends_soon = self.access_expires_at.is_some_and(|at| {
            at <= now.saturating_add(RENEWED_BEFORE_SECONDS + own % SPREAD_SECONDS)
        });
        let is_old = all_since.is_some_and(|since| {
            let last = self
                .stored
                .tokens
                .refreshed_at
                .unwrap_or(self.stored.created_at);
            let turn = since.saturating_add_unsigned(own % ALL_SPREAD_SECONDS);
            last < since && turn <= i64::try_from(now).unwrap_or(i64::MAX)
        });
        self.credential.is_none() || ends_soon || is_old
    }
}

fn not_loaded(error: &DatabaseError) -> RenewFailure {
    let message = format!("the renewed tokens could not be loaded: {error}");
    RenewFailure::new(Fate::Unsettled, message)
}
