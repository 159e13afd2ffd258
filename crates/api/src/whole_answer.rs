//! An answer read to its end, for handlers that make something else of it than a chat.
//!
//! Not for chats, whose answers have limits of their own.

use futures_util::StreamExt;
use transcode::turn_event::TurnEvent;
use upstream::Failure;

use crate::Api;
use crate::conversation::Opened;
use crate::watch::Watch;

/// Hands every event to `take`; the account stays leased as long as the watch lives.
pub(crate) async fn read(
    api: &Api,
    opened: Opened,
    mut take: impl FnMut(TurnEvent),
) -> Result<Watch, Failure> {
    let Opened {
        mut watch,
        first,
        mut stream,
        ..
    } = opened;
    let mut events = first;
    loop {
        for event in events {
            watch.see(api, &event);
            take(event);
        }
        match stream.next().await {
            Some(more) => events = more?,
            None => return Ok(watch),
        }
    }
}
