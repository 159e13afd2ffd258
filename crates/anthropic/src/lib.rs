//! Wire types of Anthropic's Messages API: what callers send and what they get back.
//!
//! Pure data and its JSON, no policy: what can be served is decided in `transcode`.
//! Used by `transcode` (translation), `web` (error replies) and `api` (lists of models).

pub mod request_block;
pub mod request_message;

pub mod request_options;
pub mod request_tool;

pub mod content_block;
pub mod message;
pub mod usage;

pub mod message_event;

pub mod model;

pub mod error;
