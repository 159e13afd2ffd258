//! The admin face: everything an operator does, as JSON below `/admin/api` and as the classic
//! forms below `/admin`.
//!
//! Thin: reads the request, checks who asks, calls `accounts` or `store`, writes the reply.
//! Knows no other face. Used by the program's router.

mod routes;
pub use routes::{ADMIN_ROUTES, OwnPages, Route, routes, seed_routes};

mod replies;
pub use replies::{EffectiveSetting, Window};

mod pages;
mod reference;

mod body;
mod guard;
mod password;
mod totp;

mod session;

mod account_view;
mod accounts_list;
mod accounts_work;
mod audit;
mod forms;
mod keys;
mod mirror;
pub use mirror::MirrorReport;
mod overview;
mod seed_tokens;
mod seeds;
mod sign_ins;
mod usage;

use std::sync::Arc;

use accounts::{Admission, Callers, GatewayKeys, Pool, Seeds};
use axum::response::Response;
use secrecy::SecretString;
use store::{Chance, Database, DatabaseError};
use tokio_util::task::TaskTracker;
use upstream::sign_in::SignIn;
use upstream::{Clock, Egress};
use web::ApiError;
use web::throttle::Throttle;

use password::Passwords;
use sign_ins::SignIns;

/// How the admin behaves; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct AdminSettings {
    /// `ADMIN_PASSWORD`; without it the password is chosen at the first start.
    pub password: Option<SecretString>,
    /// Whether cookies are sent by TLS only: `PUBLIC_URL` is https.
    pub is_secure: bool,
    /// `EXPOSE_SEED_TOKENS`: whether `/seedtoken` shows AccessTokens.
    pub exposes_seed_tokens: bool,
    /// Where people find the API.
    pub api_base: String,
    /// `PROXY_URL`: what accounts may be bound to.
    pub egresses: Vec<Egress>,
    /// Names of settings, their values without secrets, and where they come from.
    pub effective: Vec<EffectiveSetting>,
    /// What the operator should know, such as a door that is open on purpose.
    pub warnings: Vec<String>,
}

/// What the face is built from.
#[derive(Debug)]
pub struct AdminParts {
    /// How it behaves.
    pub settings: AdminSettings,
    /// The accounts.
    pub pool: Pool,
    /// The keys.
    pub keys: Arc<GatewayKeys>,
    /// The seeds.
    pub seeds: Arc<Seeds>,
    /// What keys have used.
    pub admission: Arc<Admission>,
    /// Who may call, for `/seedtoken`.
    pub callers: Callers,
    /// The sign-in service.
    pub sign_in: Arc<SignIn>,
    /// Where it is all stored.
    pub database: Database,
    /// How it stands with the mirror.
    pub mirror: MirrorReport,
    /// The time.
    pub clock: Clock,
    /// Chance that is fit for secrets.
    pub chance: Chance,
    /// What goes on though nobody waits for it.
    pub tasks: TaskTracker,
}

/// The admin face.
#[derive(Debug)]
pub struct Admin {
    pub(crate) parts: AdminParts,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) sign_ins: SignIns,
}

impl Admin {
    /// The face; [`routes()`] serves it.
    pub fn new(parts: AdminParts) -> Self {
        Self {
            passwords: Passwords::new(parts.database.clone(), parts.settings.password.clone()),
            throttle: Throttle::default(),
            sign_ins: SignIns::default(),
            parts,
        }
    }

    /// Whether there is a password, given or chosen.
    pub async fn has_password(&self) -> Result<bool, DatabaseError> {
        self.passwords.is_set().await
    }

    /// Ends the sessions that were begun with another password of the settings. For the start.
    pub async fn end_sessions_of_another_password(&self) -> Result<(), DatabaseError> {
        let database = &self.parts.database;
        let end = async || database.end_all_sessions(guard::KIND).await.map(drop);
        self.passwords.note_given(end).await
    }

    /// Makes the one-time link where the password is chosen, in place of an earlier one; nothing
    /// when there is a password.
    pub async fn bootstrap(&self) -> Result<Option<String>, DatabaseError> {
        session::bootstrap_link(self).await
    }

    /// Signs in whoever knows `API_PREFIX`, and leads them to the admin: `ADMIN_BY_PREFIX`.
    pub async fn enter(&self) -> Response {
        session::enter(self).await
    }

    /// Does what must not stay half done to its end, though the caller goes away.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let done = self.parts.tasks.spawn(work).await;
        done.unwrap_or_else(|_| Err(body::stored(DatabaseError::Interrupted)))
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.parts.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }

    /// 32 bytes of chance, as text that fits into a cookie.
    pub(crate) fn token(&self) -> Result<SecretString, DatabaseError> {
        use base64::Engine as _;
        let chance: std::io::Result<[u8; 32]> = self.parts.chance.bytes();
        let bytes = chance.map_err(|error| DatabaseError::Other(error.to_string()))?;
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        Ok(SecretString::from(text))
    }
}
