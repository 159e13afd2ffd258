//! The `platform` driver: speaks to any OpenAI-compatible server with an API key.
//!
//! Which server is asked follows from the credential. Called by `api` and `accounts`.

mod address;
mod call;
mod conversation;
mod models;
mod pass;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::catalogue_cache::CatalogueCache;
use crate::client::Clients;
use crate::clock::Clock;
use crate::credential::Credential;
use crate::drift::Drift;
use crate::driver::{Question, Started};
use crate::egress::{Egress, own_egress};
use crate::failure::Failure;
use crate::passed::PassedReply;
use crate::route_memory::RouteMemory;
use crate::tap::TrafficTap;
use call::Call;

pub use models::PlatformModel;

/// How the driver behaves; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct PlatformSettings {
    /// `PROXY_URL`: none means directly. A credential with an egress of its own has that.
    pub egresses: Vec<Egress>,
    /// Our own name and version.
    pub user_agent: String,
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
pub struct PlatformDriver {
    settings: PlatformSettings,
    clock: Clock,
    clients: Clients,
    catalogues: CatalogueCache<Vec<PlatformModel>>,
    /// Whether a server has `/v1/responses`, by its base URL.
    responses: Mutex<HashMap<Url, Arc<RouteMemory>>>,
    drift: Arc<Drift>,
}

impl PlatformDriver {
    /// A driver; opens no connection yet.
    pub fn new(settings: PlatformSettings, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clients: Clients::new(settings.user_agent.clone(), settings.connect_timeout),
            catalogues: CatalogueCache::default(),
            responses: Mutex::default(),
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
        let call = self.call(credential)?;
        conversation::start(self, &call, question).await
    }

    /// The models the key may ask for; from memory where it is fresh.
    pub async fn models(
        &self,
        credential: &Credential,
    ) -> Result<Arc<Vec<PlatformModel>>, Failure> {
        let call = self.call(credential)?;
        let place = call.credential.key();
        self.catalogues
            .get(place, |known| models::ask(&call, known))
            .await
    }

    /// Fails if the server does not accept the key; asks it each time.
    ///
    /// One that lists its models accepts the key, and there is no more to know.
    pub async fn check(&self, credential: &Credential) -> Result<(), Failure> {
        let call = self.call(credential)?;
        models::ask(&call, None).await.map(drop)
    }

    /// Hands a request through: `path` is as `/v1/embeddings`, and of `headers` only those go up
    /// that say what the body is.
    ///
    /// What is the caller's own fault is a reply as any other; what another key might not meet
    /// is a failure.
    pub async fn pass(
        &self,
        credential: &Credential,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<PassedReply, Failure> {
        let call = self.call(credential)?;
        pass::pass(self, &call, method, path, headers, body).await
    }

    /// What is known of the server's `/v1/responses`.
    fn responses_route(&self, base: &Url) -> Arc<RouteMemory> {
        let mut known = self
            .responses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(base.clone()).or_default())
    }

    fn call(&self, credential: &Credential) -> Result<Call, Failure> {
        let listed = || own_egress(&self.settings.egresses, credential.key());
        let egress = credential.egress().or_else(listed);
        Call::new(self, credential, egress.unwrap_or(&Egress::Direct))
    }
}
