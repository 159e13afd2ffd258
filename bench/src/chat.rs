//! One client's chats, whichever way they go, and how a streamed answer is read. Used by `load` and
//! the scenarios.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::time::timeout;

use crate::connection::Connection;
use crate::direct_chat::DirectChat;
use crate::event_counter::EventCounter;
use crate::gateway_chat::GatewayChat;
use crate::numbers::milliseconds;
use crate::tally::{Tally, Timing};

/// What every chat asks for: about 5 KB of text in about 120 pieces.
pub(crate) const PROMPT: &str = "simulate:long";

/// The same text ten times over.
pub(crate) const LONG_PROMPT: &str = "simulate:long 10";

/// No chat takes longer than this, whatever happens.
const LIMIT: Duration = Duration::from_mins(1);

/// A client with a connection of its own.
pub(crate) enum Chat {
    Gateway(GatewayChat),
    Direct(DirectChat),
}

/// What ends the time to the first text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// The first event with text.
    Text,
    /// The first byte of the body.
    Byte,
}

impl Chat {
    /// Has one chat from its beginning to its end.
    pub(crate) async fn once(&mut self, tally: &Tally) -> Result<Timing> {
        let chat = async {
            match self {
                Self::Gateway(chat) => chat.once(tally).await,
                Self::Direct(chat) => chat.once(tally).await,
            }
        };
        timeout(LIMIT, chat).await.context("a chat took too long")?
    }
}

/// Reads a streamed answer to its end, counting its events as they come.
pub(crate) async fn read_stream(
    connection: &mut Connection,
    begun: Instant,
    first: First,
    tally: &Tally,
) -> Result<Timing> {
    let mut counter = EventCounter::default();
    let mut first_at = None;
    while let Some(piece) = connection.next().await? {
        tally.add_chunks(counter.feed(piece));
        if first_at.is_none() && (first == First::Byte || counter.has_text) {
            first_at = Some(begun.elapsed());
        }
    }
    let total = begun.elapsed();
    ensure!(!counter.has_error, "the stream held an error");
    ensure!(counter.is_done, "the stream ended without [DONE]");
    Ok(Timing {
        first_ms: milliseconds(first_at.context("the stream held no text")?),
        total_ms: milliseconds(total),
    })
}
