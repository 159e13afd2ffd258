//! The face for people: signing in, their chats, and the pages of the web chat.
//!
//! The web chat asks the public API like any other program; here is only what a browser needs
//! beside that. Knows no other face. Used by the program's router.

mod routes;
pub use routes::{routes, sign_in_routes};

mod body;
mod guesses;
mod replies;
mod session;
mod signing_in;

mod chat_list;
mod chat_search;
mod chats;
mod owner;

mod pictures;

mod classic;
mod forms;
mod front_end;
mod language;
mod next_auth;
mod pages;
pub use front_end::{FrontEnd, HAS_PAGES};
pub use pages::not_found;

use std::sync::Arc;

use accounts::{Callers, Door};
use secrecy::SecretString;
use store::{Chance, Database, DatabaseError};
use tokio_util::task::TaskTracker;
use upstream::fetch::Fetcher;
use upstream::{Clock, Drivers};

use guesses::Guesses;

/// Whether a link that holds a credential signs somebody in: `LEGACY_URL_SIGNIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlSignIn {
    /// It does.
    On,
    /// Only one with a seed does.
    SeedsOnly,
    /// None does.
    Off,
}

/// What the face is built from.
#[derive(Debug)]
pub struct SiteParts {
    /// Who may sign in.
    pub callers: Callers,
    /// Whether an unknown word becomes a seed.
    pub door: Door,
    /// What accounts are asked through, to prove tokens.
    pub drivers: Drivers,
    /// What pictures of answers are fetched by.
    pub fetcher: Arc<Fetcher>,
    /// Where it is all stored.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// Chance that is fit for secrets.
    pub chance: Chance,
    /// What goes on though nobody waits for it.
    pub tasks: TaskTracker,
    /// Whether cookies are sent by TLS only: `PUBLIC_URL` is https.
    pub is_secure: bool,
    /// Where the API is: `/v1`, or below `API_PREFIX`.
    pub api_base: String,
    /// `LEGACY_URL_SIGNIN`
    pub url_sign_in: UrlSignIn,
    /// Whether there is a web chat, or the admin's pages alone: `ENABLE_GATEWAY`.
    pub is_on: bool,
    /// The pages.
    pub front_end: FrontEnd,
}

/// The face; [`routes()`] serves it.
#[derive(Debug)]
pub struct Site {
    pub(crate) parts: SiteParts,
    pub(crate) guesses: Guesses,
}

impl Site {
    /// The face.
    pub fn new(parts: SiteParts) -> Self {
        Self {
            parts,
            guesses: Guesses::new(),
        }
    }

    /// Whether the admin's pages are among those of the face.
    pub fn has_admin_pages(&self) -> bool {
        self.parts.front_end.has_admin()
    }

    /// Removes for ever what was deleted too long ago to be brought back.
    pub async fn purge(&self) -> Result<u64, DatabaseError> {
        chats::purge(self).await
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

    /// Does what must not stay half done to its end, though the caller goes away.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let done = self.parts.tasks.spawn(work).await;
        done.map_err(|_| DatabaseError::Interrupted)
    }
}
