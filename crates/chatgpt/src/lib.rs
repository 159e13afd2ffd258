//! Wire types and rules of the ChatGPT web protocol (`/backend-api/*`).
//!
//! Pure: no network, no clock, no randomness; whoever needs a time or an id passes it in.
//! Used by `transcode` (translation) and `upstream` (the web driver). Facts come from
//! observation of a private API, so reading is lenient everywhere.

pub mod access_token;
pub mod session_cookie;
pub mod token_kind;

pub mod pasted;

pub mod account;
pub mod sign_in;

pub mod requirements;

pub mod difficulty;
pub mod proof_of_work;

pub mod conversation_request;

pub mod stream_event;

pub mod delta;
pub mod message;

mod content_part;
mod content_reference;
mod loose;
mod metadata;

pub mod known;

pub mod limits;
pub mod model;

pub mod codex_limits;
pub mod codex_model;
pub mod codex_usage;

pub mod file;
pub mod gizmo;

pub mod upstream_error;
