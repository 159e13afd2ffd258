//! Finding out whether a token that was rejected once is good no more.

use std::sync::Arc;

use store::records::AccountId;
use upstream::FailureKind;

use super::shared::Shared;
use crate::health::Health;
use crate::roster::Trust;

const TOKEN_REJECTED: &str = "ChatGPT does not accept the AccessToken any more; add a new one";
const KEY_REJECTED: &str = "the server does not accept the API key any more; add a new one, which is \
     an account of its own, and remove this one";

/// Ends a doubt, whatever becomes of the task that looks into it.
struct Doubt {
    shared: Arc<Shared>,
    id: AccountId,
    generation: i64,
    verdict: Trust,
}

impl Drop for Doubt {
    fn drop(&mut self) {
        let Self {
            id,
            generation,
            verdict,
            ..
        } = *self;
        self.shared
            .change(|roster, _| roster.settle_doubt(id, generation, verdict));
    }
}

impl Shared {
    /// Finds out whether a token serves; until then nobody is given it.
    pub(super) fn look_into(self: &Arc<Self>, id: AccountId, generation: i64) {
        let doubt = Doubt {
            shared: Arc::clone(self),
            id,
            generation,
            verdict: Trust::Trusted,
        };
        let looking = async move {
            // All of it belongs to the task, which may be broken off.
            let mut doubt = doubt;
            if !doubt.shared.still_serves(id, generation).await {
                doubt.verdict = Trust::GivenUp;
            }
        };
        self.tasks.spawn_on(looking, &self.runtime);
    }

    /// Whether the token serves, or newer ones have come; also when upstream cannot say.
    async fn still_serves(self: &Arc<Self>, id: AccountId, generation: i64) -> bool {
        let known = {
            let roster = self.roster();
            let entry = roster.by_id(id).filter(|it| it.generation == generation);
            entry.and_then(|it| Some((it.credential.clone()?, it.can_refresh)))
        };
        let Some((credential, can_refresh)) = known else {
            return true;
        };
        let checked = if credential.is_platform() {
            let checked = self.drivers.platform.check(&credential).await;
            checked.map(|()| false)
        } else {
            let facts = self.drivers.web.check_account(&credential).await;
            facts.map(|facts| facts.is_deactivated())
        };
        let is_deactivated = match checked {
            Ok(is_deactivated) => {
                if !is_deactivated && !credential.is_platform() {
                    self.ask_windows_meanwhile(id, credential);
                }
                is_deactivated
            }
            Err(failure) if failure.kind == FailureKind::Unauthorized => {
                let reason = if credential.is_platform() {
                    KEY_REJECTED
                } else {
                    TOKEN_REJECTED
                };
                return self
                    .replaces_token(id, generation, can_refresh, reason)
                    .await;
            }
            Err(failure) => failure.kind == FailureKind::Deactivated,
        };
        if is_deactivated {
            self.change(|roster, now| roster.becomes(id, Health::Deactivated, now));
        }
        true
    }

    /// Gets a new token in place of one that is good no more, or forgets it.
    async fn replaces_token(
        self: &Arc<Self>,
        id: AccountId,
        generation: i64,
        can_refresh: bool,
        reason: &str,
    ) -> bool {
        if can_refresh && self.renew(id, generation, true).await.is_ok() {
            return true;
        }
        match self.database.drop_access(id, generation).await {
            Ok(true) => {}
            // There are newer ones, which will be loaded.
            Ok(false) => return false,
            Err(error) => {
                tracing::warn!(account.id = %id, "a rejected token is still stored: {error}");
            }
        }
        if !can_refresh {
            let health = Health::NeedsSignIn(reason.to_owned());
            self.change(|roster, now| roster.becomes(id, health, now));
        }
        false
    }
}
