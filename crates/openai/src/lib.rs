//! Wire types of the OpenAI API: what callers send and what they get back.
//!
//! Pure data and its JSON, no policy: what a driver can serve is decided in `transcode`.
//! Used by `transcode` (translation) and `web` (error replies).

pub mod parameters;

pub mod chat_message;

pub mod chat_completion;
pub mod chat_completion_chunk;
pub mod usage;

pub mod model;

pub mod file;

pub mod error;
