//! Wire types of the OpenAI API: what callers send and what they get back.
//!
//! Pure data and its JSON, no policy: what a driver can serve is decided in `transcode`.
//! Used by `transcode` (translation) and `web` (error replies).

pub mod parameters;

pub mod chat_message;
pub mod message_part;

pub mod chat_completion;
pub mod chat_completion_chunk;

pub mod response;
pub mod response_event;
pub mod response_item;

pub mod annotation;
pub mod answer_audio;
pub mod tool_activity;
pub mod tool_call;

pub mod usage;

pub mod image;
pub mod model;

pub mod file;

pub mod error;
