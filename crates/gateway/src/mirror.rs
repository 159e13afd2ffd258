//! The official interface, live, on an origin of its own: pages are fetched as they are now, and
//! changed by rules that are data.
//!
//! What the pages ask goes the same way as everything below `/backend-api`. Files that are
//! anybody's are fetched without credentials and kept for all. A page that cannot be made safe is
//! not served: the last good one is, or the reason. Contract: E17, B33; rules are `rewrite`'s.

mod assets;
mod documents;
mod entry;
mod identity;
mod own_pages;
mod replies;
mod standing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, put};
use rewrite::Rules;
use store::AssetCache;
use url::Url;

use crate::routes::{CONTENT, SOCKET, UPLOAD};
use crate::{Gateway, avatar, socket, transfer};

use documents::LastGood;
use standing::Standings;
pub use standing::{MirrorStanding, ProbeResult};

/// Whose description, and with an account's words to be taken out.
type PersonKey = (String, Option<[u8; 16]>);

/// What the mirror is built from.
#[derive(Debug)]
pub struct MirrorParts {
    /// What pages ask goes through it.
    pub gateway: Arc<Gateway>,
    /// Files that are anybody's.
    pub cache: AssetCache,
    /// What is done with pages.
    pub rules: Rules,
    /// Where the main host's files are: the first of `CHATGPT_BASE_URL`.
    pub main_origin: Url,
    /// Where the gateway's own web chat is, if that is known.
    pub native_url: Option<Url>,
}

/// The mirror; [`mirror_routes`] serves it.
#[derive(Debug)]
pub struct Mirror {
    pub(crate) gateway: Arc<Gateway>,
    cache: AssetCache,
    rules: RwLock<Arc<Rules>>,
    main_origin: Url,
    native_url: Option<Url>,
    last_good: LastGood,
    standings: Standings,
    people: Mutex<HashMap<PersonKey, (u64, identity::Person)>>,
}

impl Mirror {
    /// A mirror.
    pub fn new(parts: MirrorParts) -> Self {
        Self {
            gateway: parts.gateway,
            cache: parts.cache,
            rules: RwLock::new(Arc::new(parts.rules)),
            main_origin: parts.main_origin,
            native_url: parts.native_url,
            last_good: LastGood::default(),
            standings: Standings::default(),
            people: Mutex::default(),
        }
    }

    /// Other rules from now on.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// How it stands with each account's pages.
    pub fn standings(&self) -> Vec<MirrorStanding> {
        self.standings.all()
    }

    pub(crate) fn rules(&self) -> Arc<Rules> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&rules)
    }
}

/// The routes of the mirror's origin; signing in and out is not among them.
pub fn mirror_routes(mirror: Arc<Mirror>) -> Router {
    let gateway = Arc::clone(&mirror.gateway);
    let files = Router::new()
        .route(&format!("{UPLOAD}/{{token}}"), put(transfer::upload))
        .route(&format!("{CONTENT}/{{token}}"), get(transfer::content))
        .route(&format!("{SOCKET}/{{token}}"), get(socket::open))
        .route("/avatar/{digest}", get(avatar::show))
        .with_state(gateway);
    Router::new()
        .route("/favicon.ico", get(replies::icon))
        .route("/api/auth/session", get(identity::session))
        .fallback(any(entry::enter))
        .with_state(mirror)
        .merge(files)
        .layer(DefaultBodyLimit::disable())
}
