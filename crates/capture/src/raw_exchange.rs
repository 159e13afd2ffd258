//! An exchange as it was seen, with everything secret still in it.
//!
//! It exists only in memory, between the network and `scrub`; it cannot be printed or written.

use crate::exchange::Ending;

/// A request and its answer.
#[derive(Clone)]
pub struct RawExchange {
    /// `POST`, for example.
    pub method: String,
    /// The path, and the query if there is one.
    pub target: String,
    /// The request.
    pub request: RawMessage,
    /// The status of the answer.
    pub status: u16,
    /// The answer.
    pub response: RawMessage,
    /// How the answer ended.
    pub ending: Ending,
}

/// One direction of an exchange.
#[derive(Clone, Default)]
pub struct RawMessage {
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was kept.
    pub body: Vec<u8>,
    /// The size of the whole body in bytes.
    pub size: usize,
    /// The sizes of the pieces the network brought, in bytes.
    pub pieces: Vec<usize>,
}

impl RawMessage {
    /// A message whose body is kept whole.
    pub fn whole(headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self {
            headers,
            size: body.len(),
            body,
            pieces: Vec::new(),
        }
    }
}
