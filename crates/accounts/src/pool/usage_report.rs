//! Asking upstream how much of an account's Codex limits is used, where the account is asked
//! about anyway. Nothing is asked for this alone.

use std::sync::Arc;

use chatgpt::limits::QuotaWindow;
use store::records::AccountId;
use upstream::Credential;

use super::shared::Shared;
use crate::lease::Holder;
use crate::windows::{KnownWindow, WindowSource};

impl Shared {
    /// Asks, and learns from the answer; an account of which it cannot be had is as good as before.
    pub(super) async fn ask_windows(
        self: &Arc<Self>,
        id: AccountId,
        credential: &Credential,
    ) -> Vec<QuotaWindow> {
        match self.drivers.codex.usage(credential).await {
            Ok(usage) => {
                self.windows_told(id, &usage.windows, WindowSource::Check);
                usage.windows
            }
            Err(failure) => {
                tracing::info!(account.id = %id, "how much of the Codex limits is used is not known: {failure}");
                Vec::new()
            }
        }
    }

    /// Asks while whoever waits for the account is served.
    pub(super) fn ask_windows_meanwhile(self: &Arc<Self>, id: AccountId, credential: Credential) {
        let shared = Arc::clone(self);
        let asking = async move {
            shared.ask_windows(id, &credential).await;
        };
        self.tasks.spawn_on(asking, &self.runtime);
    }

    /// Upstream said it beside an answer.
    pub(crate) fn windows_beside_answer(self: &Arc<Self>, holder: Holder, told: &[QuotaWindow]) {
        match holder {
            Holder::Stored(id, _) => self.windows_told(id, told, WindowSource::Answer),
            Holder::Own(_) => {
                for it in self.known(told, WindowSource::Answer) {
                    let resets_at = it.window.resets_at;
                    self.reported(holder, &it.scope(), it.remaining(), resets_at);
                }
            }
        }
    }

    fn windows_told(self: &Arc<Self>, id: AccountId, told: &[QuotaWindow], source: WindowSource) {
        let told = self.known(told, source);
        self.change(|roster, now| roster.windows_told(id, told, now));
    }

    fn known(&self, told: &[QuotaWindow], source: WindowSource) -> Vec<KnownWindow> {
        let as_of = self.now();
        let known = told.iter().map(|window| KnownWindow {
            window: window.clone(),
            as_of,
            source,
        });
        known.collect()
    }
}
