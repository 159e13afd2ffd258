//! The face for upstream's own pages: `/backend-api/*` and its neighbours, for whoever is signed in.
//!
//! Somebody's own token goes through to their own account. Everybody else shares an account with
//! others: they ask what the allow-list has, about what is theirs, and see nothing of the
//! account's owner. Knows no other face. Used by the program's router.

mod routes;
pub use routes::{closed, routes};

mod visitor;

mod allow_list;
pub use allow_list::{AllowedRoute, allowed_routes};
mod clean_path;
mod id_checks;
mod matching;

mod learning;
mod ownership;
mod personal;

mod own;
mod shared;

mod conversation;
mod event_cutter;
mod relay;
mod usage_count;

mod answers;
mod changing;
mod dictation;
mod identity;
mod lists;
mod passing;
mod socket;
mod transfer;

mod avatar;
mod failure_shape;
mod token_refresh;

mod mirror;
pub use mirror::{Mirror, MirrorParts, MirrorStanding, ProbeResult, mirror_routes};

use std::sync::Arc;

use accounts::{Admission, Callers, Door, Pool};
use http::HeaderValue;
use store::Database;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use upstream::public_asset::PublicAssets;
use upstream::{Clock, Drivers};
use url::Url;
use web::signed_token::TokenSigner;

use avatar::Avatars;
use identity::Plans;
use ownership::Ownership;

/// What the face is built from.
#[derive(Debug)]
pub struct GatewayParts {
    /// The accounts.
    pub pool: Pool,
    /// Who may ask.
    pub callers: Callers,
    /// Whether an unknown word becomes a seed.
    pub door: Door,
    /// What keys may do.
    pub admission: Arc<Admission>,
    /// What accounts are asked through.
    pub drivers: Drivers,
    /// What is fetched of hosts that anybody may ask.
    pub assets: PublicAssets,
    /// Where it is written down what is whose.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// What goes on though nobody waits for it.
    pub tasks: TaskTracker,
    /// The program is about to end.
    pub stopping: CancellationToken,
    /// What links are signed with.
    pub link_key: [u8; 32],
    /// `PUBLIC_URL`, or `FILE_HOST` where that is set.
    pub public_url: Option<Url>,
    /// `FORCE_NO_HISTORY`
    pub forces_temporary: bool,
    /// `X_SIGN`
    pub reply_mark: Option<HeaderValue>,
    /// `ENABLE_LIMIT`
    pub honours_limits: bool,
    /// `COUNT_USAGE`
    pub counts_usage: bool,
    /// `BODY_LIMIT_BYTES`
    pub body_limit_bytes: usize,
    /// `FILE_LIMIT_BYTES`
    pub file_limit_bytes: u64,
}

/// The face; [`routes()`] serves it.
#[derive(Debug)]
pub struct Gateway {
    pub(crate) parts: GatewayParts,
    pub(crate) ownership: Ownership,
    pub(crate) transfers: TokenSigner,
    pub(crate) plans: Plans,
    pub(crate) avatars: Avatars,
}

impl Gateway {
    /// The face.
    pub fn new(parts: GatewayParts) -> Self {
        Self {
            ownership: Ownership {
                database: parts.database.clone(),
                clock: parts.clock.clone(),
            },
            transfers: TokenSigner::new(parts.link_key, "transfer"),
            plans: Plans::default(),
            avatars: Avatars::default(),
            parts,
        }
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        self.parts.clock.since_epoch().as_secs()
    }
}
