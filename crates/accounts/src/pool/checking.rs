//! Asking upstream about an account, and writing down what it says.

use chatgpt::limits::QuotaWindow;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::records::{AccountId, AccountPatch};
use upstream::web::AccountFacts;

use super::Pool;
use super::anonymous::refuse_anonymous;
use super::renewing::RenewRefused;
use crate::health::Health;
use crate::outcome::Outcome;

/// After a try that failed, the next one is so much later.
const CHECKED_AGAIN_SECONDS: i64 = 600;

/// What upstream says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its plan.
    pub plan: Option<String>,
    /// Whether it, or its workspace, is gone.
    pub is_deactivated: bool,
    /// How much of its Codex limits is used, as far as upstream says.
    pub windows: Vec<QuotaWindow>,
}

impl Pool {
    /// Asks upstream about an account, and writes down what it says.
    pub async fn check(&self, id: AccountId) -> Result<Checked, RenewRefused> {
        refuse_anonymous(id)?;
        let now = self.shared.now_signed();
        let key = self.shared.change(|roster, _| {
            let entry = roster.by_id_mut(id)?;
            entry.check_tried_at = Some(now);
            Some(entry.key)
        });
        let key = key.ok_or(RenewRefused::UnknownAccount)?;
        let Some(lease) = self.lease_pooled(key).await else {
            return Err(RenewRefused::Failed(self.why_unusable(id)));
        };
        let drivers = &self.shared.drivers;
        let credential = lease.credential();
        let facts = if credential.is_platform() {
            drivers.platform.check(credential).await.map(|()| None)
        } else {
            drivers.web.check_account(credential).await.map(Some)
        };
        match facts {
            Ok(Some(facts)) => {
                let windows = if facts.is_deactivated() {
                    Vec::new()
                } else {
                    self.shared.ask_windows(id, credential).await
                };
                // Others load what is noted when they learn of the facts, so it comes first.
                self.shared.journal.flush().await;
                let checked = self.note_facts(id, &facts).await?;
                Ok(Checked { windows, ..checked })
            }
            Ok(None) => self.note_answered(id).await,
            Err(failure) => {
                lease.ended(Outcome::of_failure(&failure, "", self.shared.now()));
                Err(RenewRefused::Failed(failure.message))
            }
        }
    }

    /// Accounts that upstream was not asked about since then (unix seconds); first the one
    /// that was not tried for longest, so that one that fails is in nobody's way.
    pub fn unchecked_since(&self, then: i64) -> Vec<AccountId> {
        let now = self.shared.now();
        let tried_before = self.shared.now_signed() - CHECKED_AGAIN_SECONDS;
        let roster = self.shared.roster();
        let entries = roster.entries.iter();
        let shared = entries.filter(|it| it.is_shared && it.is_usable(now) && !it.is_anonymous());
        let due = shared.filter(|it| {
            it.stored.checked_at.is_none_or(|at| at < then)
                && it
                    .check_tried_at
                    .is_none_or(|at| at < tried_before.max(then))
        });
        let mut due: Vec<_> = due.map(|it| (it.check_tried_at, it.id)).collect();
        due.sort_by_key(|(tried_at, _)| *tried_at);
        due.into_iter().map(|(_, id)| id).collect()
    }

    async fn note_facts(
        &self,
        id: AccountId,
        facts: &AccountFacts,
    ) -> Result<Checked, RenewRefused> {
        let profile = json!({
            "name": facts.display_name.as_ref().map(ExposeSecret::expose_secret),
            "email": facts.email.as_ref().map(ExposeSecret::expose_secret),
        });
        let patch = AccountPatch {
            facts: Some((
                facts.plan().map(str::to_owned),
                SecretString::from(profile.to_string()),
                self.shared.now_signed(),
            )),
            ..AccountPatch::default()
        };
        let changed = self.change(id, patch).await;
        changed.map_err(|error| RenewRefused::Failed(error.to_string()))?;
        // That it is there says nothing about a challenge, or about its RefreshToken.
        if facts.is_deactivated() {
            self.shared
                .change(|roster, now| roster.becomes(id, Health::Deactivated, now));
        }
        Ok(Checked {
            plan: facts.plan().map(str::to_owned),
            is_deactivated: facts.is_deactivated(),
            windows: Vec::new(),
        })
    }

    /// It answered, and said nothing of itself.
    async fn note_answered(&self, id: AccountId) -> Result<Checked, RenewRefused> {
        let nothing = SecretString::from("{}");
        let patch = AccountPatch {
            facts: Some((None, nothing, self.shared.now_signed())),
            ..AccountPatch::default()
        };
        let changed = self.change(id, patch).await;
        changed.map_err(|error| RenewRefused::Failed(error.to_string()))?;
        Ok(Checked {
            plan: None,
            is_deactivated: false,
            windows: Vec::new(),
        })
    }

    fn why_unusable(&self, id: AccountId) -> String {
        let account = self.account(id);
        if account.as_ref().is_some_and(|it| it.is_disabled) {
            return "the account is disabled; enable it first".to_owned();
        }
        let reason = account.as_ref().and_then(|it| it.health.reason());
        reason
            .unwrap_or("the account has no token that serves")
            .to_owned()
    }
}
