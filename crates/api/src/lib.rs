//! The OpenAI-compatible face: `/v1/chat/completions`, `/v1/models`, `/v1/files`, and their
//! description.
//!
//! Thin: reads the request, opens a conversation on a leased account, writes the reply.
//! Knows no other face. Used by the program's router.

mod routes;
pub use routes::{API_ROUTES, routes};

mod chat_completions;
mod chat_stream;
mod files;
pub use files::Files;
mod models;
mod reference;

mod conversation;

use std::sync::Arc;
use std::time::Duration;

use accounts::{GatewayKeys, Pool};
use upstream::Clock;
use upstream::web::WebDriver;

/// What the face works with.
#[derive(Debug)]
pub struct Api {
    /// The driver that answers.
    pub driver: Arc<WebDriver>,
    /// Who pays.
    pub pool: Pool,
    /// Who may use the pool.
    pub keys: GatewayKeys,
    /// What callers uploaded.
    pub files: Files,
    /// The time.
    pub clock: Clock,
    /// `RETRY_TIMES`: further attempts after the first.
    pub retry_times: u32,
    /// How long a stream may be silent before a heart-beat.
    pub heartbeat: Duration,
    /// Largest request body.
    pub body_limit_bytes: usize,
}
