//! The simulator itself: its options, what it remembers, and what its owner may ask it. The routes
//! share it; each thing it remembers has its own file.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use http::HeaderMap;
use serde_json::Value;

use crate::account::Account;
use crate::codex::limits::CodexUsage;
use crate::conversations::Conversations;
use crate::ids;
use crate::official::Official;
use crate::open_streams::OpenStreams;
use crate::options::Options;
use crate::personal::Personal;
use crate::platform::keys;
use crate::platform::stored::StoredResponses;
use crate::projects::Projects;
use crate::pushes::Pushes;
use crate::router;
use crate::sentinel::Sentinel;
use crate::session;
use crate::shares::Shares;
use crate::sign_in::{RefreshFamily, SignIn, SignInLog};
use crate::timestamps::since_epoch;
use crate::token_spec::{Holder, TokenSpec};
use crate::tokens;
use crate::uploads::{UploadedFile, Uploads};

/// A stand-in for chatgpt.com. Clones share everything.
#[derive(Clone)]
pub struct Simulator {
    state: Arc<State>,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// `POST`, for example.
    pub method: String,
    /// The host it was for, with the port if one was named: that of the first line where the
    /// simulator was sent it as a proxy is, else that of the `Host` header; empty without either.
    pub host: String,
    /// The path and, if there is one, the query, as they came: nothing is decoded.
    pub path: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body; empty for a file's content, which is not kept.
    pub body: Vec<u8>,
}

/// What the routes share.
pub(crate) struct State {
    pub(crate) options: Options,
    /// The site that browsers see, if there is one.
    pub(crate) official: Option<Official>,
    pub(crate) sentinel: Sentinel,
    pub(crate) sign_in: SignIn,
    pub(crate) open_streams: OpenStreams,
    pub(crate) personal: Personal,
    pub(crate) projects: Projects,
    pub(crate) pushes: Pushes,
    pub(crate) shares: Shares,
    conversations: Mutex<Conversations>,
    uploads: Mutex<Uploads>,
    recorded: Mutex<Vec<RecordedRequest>>,
    /// Accounts and flaky faults that have had their failure.
    failed_once: Mutex<HashSet<(String, &'static str)>>,
    /// What accounts have used of Codex, by their ids, each with the second at which that was set.
    codex_usage: Mutex<HashMap<String, (u64, CodexUsage)>>,
    stored_responses: Mutex<StoredResponses>,
    numbers: AtomicU64,
    born: String,
}

impl Simulator {
    /// A simulator that remembers nothing yet.
    pub fn new(options: Options) -> Self {
        let born = since_epoch((options.clock)()).as_nanos().to_string();
        let state = State {
            official: options.official_site.as_deref().map(Official::open),
            sentinel: Sentinel::new(options.sentinel.clone()),
            sign_in: SignIn::default(),
            open_streams: OpenStreams::default(),
            personal: Personal::default(),
            projects: Projects::default(),
            pushes: Pushes::default(),
            shares: Shares::default(),
            conversations: Mutex::new(Conversations::new(options.max_conversations)),
            uploads: Mutex::default(),
            recorded: Mutex::default(),
            failed_once: Mutex::default(),
            codex_usage: Mutex::default(),
            stored_responses: Mutex::default(),
            numbers: AtomicU64::new(0),
            born,
            options,
        };
        Self {
            state: Arc::new(state),
        }
    }

    /// All its routes.
    pub fn router(&self) -> axum::Router {
        router::router(&self.state)
    }

    /// An access token that this and every other simulator accepts.
    pub fn mint_access_token(&self, spec: &TokenSpec) -> String {
        let now = self.state.now();
        tokens::mint(&Holder::of(spec, now), now)
    }

    /// The first refresh token of a family that goes by the account's name: the same name has the
    /// same token each time, and in every simulator. What is minted of it later has what `spec`
    /// says. Every simulator accepts it; but a [`RefreshFamily::MobileLasting`] one is too short
    /// for more than a name, so that another simulator knows nothing else of `spec`.
    pub fn mint_refresh_token(&self, spec: &TokenSpec, family: RefreshFamily) -> String {
        let holder = Holder::of(spec, self.state.now());
        self.state.sign_in.mint(family, holder)
    }

    /// A session token, which is the value of the cookie `__Secure-next-auth.session-token`, that
    /// this and every other simulator accepts.
    pub fn mint_session_token(&self, spec: &TokenSpec) -> String {
        let now = self.state.now();
        session::mint(&Holder::of(spec, now), now, "")
    }

    /// An API key of the platform that this and every other simulator accepts. It runs into the
    /// fault and the limits of `spec`: a limit is that of a model, or of `platform` as a whole.
    pub fn mint_platform_key(&self, spec: &TokenSpec) -> String {
        keys::mint(&Holder::of(spec, self.state.now()))
    }

    /// Sets what the account of that name has used of Codex, from now on.
    pub fn set_codex_usage(&self, account: &str, usage: CodexUsage) {
        let id = Account::named(account, "").id;
        let now = since_epoch(self.state.now()).as_secs();
        lock(&self.state.codex_usage).insert(id, (now, usage));
    }

    /// What has been exchanged at the sign-in service so far.
    pub fn sign_in_log(&self) -> SignInLog {
        self.state.sign_in.log()
    }

    /// The requests so far, oldest first; none unless the options ask for recording.
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        lock(&self.state.recorded).clone()
    }

    /// The files that were announced so far, oldest first, and what has come of each.
    pub fn uploads(&self) -> Vec<UploadedFile> {
        self.state.uploads().all()
    }

    /// Serves another layout of the site from now on, named after its folder: the pages and files
    /// of the last one are gone at once. Fails, and changes nothing, if it cannot be read.
    pub fn serve_official(&self, layout: &str) -> std::io::Result<()> {
        let official = self.state.official.as_ref();
        let official = official.ok_or(std::io::ErrorKind::Unsupported)?;
        official.serve(layout)
    }

    /// Answers every page of the site with a browser check from now on, or no longer.
    pub fn challenge_official(&self, is_on: bool) {
        if let Some(official) = &self.state.official {
            official.challenge(is_on);
        }
    }

    /// How many conversation calls are still being answered.
    pub fn open_streams(&self) -> usize {
        self.state.open_streams.count()
    }

    /// A conversation, as `GET /backend-api/conversation/{id}` shows it to its owner.
    pub fn conversation(&self, id: &str) -> Option<Value> {
        let conversations = self.state.conversations();
        conversations.get(id).map(crate::tree::Tree::document)
    }

    /// Deletes a conversation, as its owner does in the web page.
    pub fn delete_conversation(&self, id: &str) {
        if let Some(tree) = self.state.conversations().get_mut(id) {
            tree.details.is_visible = false;
        }
    }
}

impl State {
    /// What time it is.
    pub(crate) fn now(&self) -> SystemTime {
        (self.options.clock)()
    }

    /// The remembered conversations.
    pub(crate) fn conversations(&self) -> MutexGuard<'_, Conversations> {
        lock(&self.conversations)
    }

    /// The files that were sent.
    pub(crate) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        lock(&self.uploads)
    }

    /// The responses of the platform that are kept.
    pub(crate) fn stored_responses(&self) -> MutexGuard<'_, StoredResponses> {
        lock(&self.stored_responses)
    }

    /// Keeps a request, if requests are to be kept.
    pub(crate) fn record(&self, request: impl FnOnce() -> RecordedRequest) {
        if self.options.record {
            lock(&self.recorded).push(request());
        }
    }

    /// Whether this is the first time an account, or a file, runs into a fault.
    pub(crate) fn fails_now(&self, id: &str, fault: &'static str) -> bool {
        lock(&self.failed_once).insert((id.to_owned(), fault))
    }

    /// What an account has used of Codex, if that was set, and in which second it was.
    pub(crate) fn codex_usage(&self, id: &str) -> Option<(u64, CodexUsage)> {
        lock(&self.codex_usage).get(id).copied()
    }

    /// A number that no other caller gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// An id that no earlier simulator has given out either.
    pub(crate) fn fresh_id(&self, what: &str) -> String {
        ids::uuid(&[what, &self.born, &self.next_number().to_string()])
    }
}

/// What a lock holds stays usable after a panic elsewhere: every change is a single step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
