//! Server-sent events as bytes: an incremental decoder and the few lines an encoder needs.
//!
//! Not an HTTP client and not a stream: callers push the chunks they received and pull
//! events out. Used by `upstream` (in) and `transcode` (out).

mod decode;
mod encode;

pub use decode::{DecodeError, Decoder, Event};
pub use encode::{DONE, PING, data_event, named_event};
