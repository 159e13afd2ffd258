//! The `codex` driver: speaks to `CHATGPT_BASE_URL/backend-api/codex/responses`, under its own
//! name.
//!
//! One turn is one request with the whole history; upstream keeps nothing. Which account pays
//! is decided above; a challenge ends the turn. Called by `api` and `accounts`.

mod call;
mod catalogue;
mod conversation;

use std::sync::Arc;
use std::time::Duration;

use chatgpt::codex_model::CodexModel;
use chatgpt::codex_usage::CodexUsage;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::catalogue_cache::CatalogueCache;
use crate::client::Clients;
use crate::clock::Clock;
use crate::credential::Credential;
use crate::drift::Drift;
use crate::driver::{Question, Started};
use crate::egress::{Egress, own_egress, ranked};
use crate::failure::{Failure, FailureKind, Retry};
use crate::first_reachable::on_first_reachable;
use crate::tap::TrafficTap;
use call::Call;

const USAGE: &str = "/backend-api/wham/usage";

/// How the driver behaves; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct CodexSettings {
    /// `CHATGPT_BASE_URL`: one or more.
    pub base_urls: Vec<Url>,
    /// `PROXY_URL`: none means directly. A credential with an egress of its own has that.
    pub egresses: Vec<Egress>,
    /// `AUTH_KEY`
    pub relay_key: Option<SecretString>,
    /// Our own name and version.
    pub user_agent: String,
    /// What names the program to upstream: `flowgpt`.
    pub originator: String,
    /// The version of the protocol that upstream lists models for.
    pub client_version: String,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until upstream begins to answer.
    pub first_byte_timeout: Duration,
    /// Between two pieces of an answer.
    pub idle_timeout: Duration,
    /// Watches all requests and answers.
    pub tap: Option<Arc<dyn TrafficTap>>,
}

/// The driver; cheap to share.
#[derive(Debug)]
pub struct CodexDriver {
    settings: CodexSettings,
    clock: Clock,
    clients: Clients,
    catalogues: CatalogueCache<Vec<CodexModel>>,
    drift: Arc<Drift>,
}

impl CodexDriver {
    /// A driver; opens no connection yet.
    pub fn new(settings: CodexSettings, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clients: Clients::new(settings.user_agent.clone(), settings.connect_timeout),
            catalogues: CatalogueCache::default(),
            drift: Arc::default(),
            settings,
            clock,
        })
    }

    /// Starts a turn; the answer follows in the stream.
    ///
    /// Dropping the future or the stream cancels the request upstream.
    pub async fn converse(
        &self,
        credential: &Credential,
        question: Question<'_>,
    ) -> Result<Started, Failure> {
        let calls = self.calls(credential)?;
        on_first_reachable!(calls, |call| conversation::start(self, call, question))
    }

    /// The models the account may ask for; from memory where it is fresh.
    pub async fn models(&self, credential: &Credential) -> Result<Arc<Vec<CodexModel>>, Failure> {
        let calls = self.calls(credential)?;
        on_first_reachable!(calls, |call| catalogue::get(self, call))
    }

    /// What is used of the account's limits; asks upstream each time.
    pub async fn usage(&self, credential: &Credential) -> Result<CodexUsage, Failure> {
        let calls = self.calls(credential)?;
        let answer: Result<Value, Failure> =
            async { on_first_reachable!(calls, |call| call.get_json::<Value>(USAGE)) }.await;
        Ok(CodexUsage::read(&answer?, self.now()))
    }

    /// Unix seconds.
    fn now(&self) -> u64 {
        self.clock.since_epoch().as_secs()
    }

    /// The account's ways to upstream: its base URL first, then the others.
    fn calls(&self, credential: &Credential) -> Result<Vec<Call>, Failure> {
        credential.refuse_platform()?;
        if credential.is_anonymous() {
            return Err(Failure::new(
                FailureKind::Forbidden,
                Retry::OtherAccount,
                "the codex driver needs an account that is signed in",
            ));
        }
        let key = credential.key();
        let listed = || own_egress(&self.settings.egresses, key).unwrap_or(&Egress::Direct);
        let egress = credential.egress().unwrap_or_else(listed);
        ranked(&self.settings.base_urls, ToString::to_string, key)
            .into_iter()
            .map(|base| Call::new(self, base, credential, egress))
            .collect()
    }
}
