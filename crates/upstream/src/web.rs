//! The `web` driver: speaks to `CHATGPT_BASE_URL/backend-api/*` as the web page does,
//! without pretending to be a browser.
//!
//! One turn is: requirements, proof of work, conversation, stream. Which account pays is
//! decided above; a challenge ends the turn. Called by `api`.

mod account;
mod anonymous;
mod base_url;
mod call;
mod catalogue;
mod gizmos;

mod proof;
mod proven_tokens;
mod requirements;

mod conversation;
mod recovery;
mod turn_stream;

mod audio;
mod conversations;
mod downloads;
mod pages;
mod passing;
mod socket;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chatgpt::difficulty::Difficulty;
use chatgpt::gizmo::Gizmo;
use chatgpt::model::Catalogue;
use futures_util::Stream;
use http::HeaderMap;
use secrecy::SecretString;
use transcode::turn::Turn;
use transcode::turn_event::OutputFile;
use url::Url;

use crate::catalogue_cache::CatalogueCache;
use crate::client::Clients;
use crate::clock::Clock;
use crate::credential::Credential;
use crate::drift::Drift;
use crate::driver::{Question, Started};
use crate::egress::{Egress, own_egress, ranked};
use crate::failure::Failure;
use crate::first_reachable::{no_base_url, on_first_reachable};
use crate::passed::PassedReply;
use crate::prepared_file::PreparedFile;
use crate::tap::TrafficTap;
use base_url::BaseUrl;
use call::Call;
use gizmos::GizmoCache;
use proof::ProofThreads;
use proven_tokens::ProvenTokens;

pub use account::AccountFacts;
pub use audio::Speech;
pub use chatgpt::account::Workspace;
pub use downloads::Download;
pub use pages::Page;
pub use passing::PassedRequest;
pub use socket::PageSocket;

/// How the driver behaves; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// `CHATGPT_BASE_URL`: one or more.
    pub base_urls: Vec<Url>,
    /// `PROXY_URL`: none means directly. A credential with an egress of its own has that.
    pub egresses: Vec<Egress>,
    /// `SENTINEL_PROXY_URL`: none means the account's own.
    pub sentinel_egresses: Vec<Egress>,
    /// `AUTH_KEY`
    pub relay_key: Option<SecretString>,
    /// `OAI_LANGUAGE`
    pub language: String,
    /// Our own name and version.
    pub user_agent: String,
    /// `CONVERSATION_ONLY`
    pub conversation_only: bool,
    /// `HISTORY_DISABLED`, the other way round.
    pub keep_history: bool,
    /// `CHECK_MODEL`
    pub check_model: bool,
    /// `POW_DIFFICULTY`
    pub proof_ceiling: Difficulty,
    /// Proofs of work searched at once.
    pub proof_threads: usize,
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
pub struct WebDriver {
    settings: WebSettings,
    clock: Clock,
    clients: Clients,
    /// An upgrade needs a connection of its own.
    socket_clients: Clients,
    bases: Vec<Arc<BaseUrl>>,
    proofs: ProofThreads,
    catalogues: CatalogueCache<Catalogue>,
    gizmos: GizmoCache,
    proven: ProvenTokens,
    drift: Arc<Drift>,
}

impl WebDriver {
    /// A driver; opens no connection yet.
    pub fn new(settings: WebSettings, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clients: Clients::new(settings.user_agent.clone(), settings.connect_timeout),
            socket_clients: Clients::for_single_requests(
                settings.user_agent.clone(),
                settings.connect_timeout,
            ),
            bases: settings
                .base_urls
                .iter()
                .cloned()
                .map(|url| Arc::new(BaseUrl::new(url)))
                .collect(),
            proofs: ProofThreads::new(settings.proof_threads),
            catalogues: CatalogueCache::default(),
            gizmos: GizmoCache::default(),
            proven: ProvenTokens::default(),
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

    /// Whether upstream is to keep the conversation of a turn. One that the caller goes on with has
    /// to be one that is kept.
    pub fn keeps_history(&self, turn: &Turn) -> bool {
        let default = self.settings.keep_history || turn.conversation_id.is_some();
        turn.keep_history.unwrap_or(default)
    }

    /// Fails unless upstream accepts the token, or has done so within minutes.
    pub async fn prove(&self, credential: &Credential) -> Result<(), Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| self.proven.prove(call))
    }

    /// Who the account belongs to, what it may act for, and whether it still can.
    ///
    /// A token that upstream does not accept fails as `Unauthorized`, an account or workspace
    /// that is shut as `Deactivated`.
    pub async fn check_account(&self, credential: &Credential) -> Result<AccountFacts, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| account::check(call))
    }

    /// The models the account may ask for; from memory where it is fresh.
    pub async fn catalogue(&self, credential: &Credential) -> Result<Arc<Catalogue>, Failure> {
        let calls = self.calls(credential)?;
        on_first_reachable!(calls, |call| catalogue::get(&self.catalogues, call))
    }

    /// The GPTs and projects of the account.
    pub async fn gizmos(&self, credential: &Credential) -> Result<Arc<Vec<Gizmo>>, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| self.gizmos.get(call))
    }

    /// Opens something upstream made; `range` is the value of the caller's header.
    pub async fn download(
        &self,
        credential: &Credential,
        file: &OutputFile,
        range: Option<&str>,
    ) -> Result<Download, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| downloads::open(call, file, range))
    }

    /// Opens what is at an address that upstream named in a reply to the account.
    pub async fn download_from(
        &self,
        credential: &Credential,
        address: &str,
        range: Option<&str>,
    ) -> Result<Download, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| downloads::at_address(call, address, range))
    }

    /// Puts a file where upstream said to the account that it goes.
    pub async fn upload_to<S, E>(
        &self,
        credential: &Credential,
        address: &str,
        headers: &HeaderMap,
        pieces: S,
    ) -> Result<(), Failure>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let calls = self.signed_in_calls(credential)?;
        let Some(call) = calls.first() else {
            return Err(no_base_url());
        };
        passing::upload(call, address, headers, pieces).await
    }

    /// A page of the official interface, or data of one; `path` is with its query.
    pub async fn page(
        &self,
        credential: &Credential,
        path: &str,
        accept: &str,
    ) -> Result<Page, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| pages::fetch(call, path, accept))
    }

    /// Opens a socket that upstream named in a reply to the account.
    pub async fn open_socket(
        &self,
        credential: &Credential,
        named: &str,
    ) -> Result<PageSocket, Failure> {
        let bases = ranked(&self.bases, |it| it.url().to_string(), credential.key());
        let base = bases.first().ok_or_else(no_base_url)?.url();
        let address = socket::address(named, base)?;
        let egress = credential.egress();
        let egress = egress.unwrap_or_else(|| self.egress_for(credential.key()));
        let is_tls = address.scheme() == "https";
        let client = self.socket_clients.get(egress, is_tls)?;
        socket::open(client, address, base, self.settings.first_byte_timeout).await
    }

    /// Hands a request of an official page through; what comes back is upstream's own reply.
    pub async fn pass(
        &self,
        credential: &Credential,
        request: &PassedRequest,
    ) -> Result<PassedReply, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| passing::pass(self, call, request))
    }

    /// Hands a conversation request through, after what upstream demands before one.
    pub async fn pass_conversation(
        &self,
        credential: &Credential,
        request: &PassedRequest,
    ) -> Result<PassedReply, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| passing::converse(self, call, request))
    }

    /// Writes a recording down.
    pub async fn transcribe(
        &self,
        credential: &Credential,
        recording: &PreparedFile,
        language: Option<&str>,
    ) -> Result<String, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| audio::transcribe(call, recording, language))
    }

    /// Has a message read aloud.
    pub async fn speak(
        &self,
        credential: &Credential,
        speech: &Speech<'_>,
    ) -> Result<Download, Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| audio::speak(call, speech))
    }

    /// Deletes a conversation.
    pub async fn delete_conversation(
        &self,
        credential: &Credential,
        conversation_id: &str,
    ) -> Result<(), Failure> {
        let calls = self.signed_in_calls(credential)?;
        on_first_reachable!(calls, |call| {
            conversations::delete(call, conversation_id)
        })
    }

    /// The way out of an account that has none of its own, by [`Credential::key`].
    pub fn egress_for(&self, key: [u8; 16]) -> &Egress {
        own_egress(&self.settings.egresses, key).unwrap_or(&Egress::Direct)
    }

    /// The account's ways to upstream: its base URL first, then the others.
    fn calls(&self, credential: &Credential) -> Result<Vec<Arc<Call>>, Failure> {
        credential.refuse_platform()?;
        let key = credential.key();
        let pinned = credential.egress();
        let egress = pinned.unwrap_or_else(|| self.egress_for(key));
        let sentinel = own_egress(&self.settings.sentinel_egresses, key).unwrap_or(egress);
        ranked(&self.bases, |base| base.url().to_string(), key)
            .into_iter()
            .map(|base| Call::new(self, base, credential, egress, sentinel).map(Arc::new))
            .collect()
    }

    /// The same for what takes a sign-in.
    fn signed_in_calls(&self, credential: &Credential) -> Result<Vec<Arc<Call>>, Failure> {
        anonymous::refuse(credential)?;
        self.calls(credential)
    }
}
