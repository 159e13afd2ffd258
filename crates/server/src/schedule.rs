//! What the program does by itself from time to time, while it serves.
//!
//! Nothing here is a task of its own: it runs beside the listener and ends with it.

mod refresh_times;
mod upkeep;

use std::convert::Infallible;
use std::time::Duration;

use api::Api;
use site::Site;

pub(crate) use upkeep::Upkeep;

/// How often expired files are looked for. They are not served any more before that.
const FILE_EXPIRY_PERIOD: Duration = Duration::from_mins(1);

/// How many go at once, so that deleting does not hold up uploads for long.
const EXPIRED_AT_ONCE: usize = 100;

/// How often conversations are looked for whose time has come.
const DELETION_PERIOD: Duration = Duration::from_secs(20);

/// How often deleted chats are looked for that cannot be brought back any more.
const PURGE_PERIOD: Duration = Duration::from_secs(20);

/// All of it, for ever.
pub(crate) async fn run(api: &Api, site: &Site, upkeep: &Upkeep) -> Infallible {
    tokio::join!(
        delete_expired_files(api),
        delete_conversations(api),
        purge_chats(site),
        upkeep.run(),
    )
    .0
}

/// Deletes conversations that were to be kept for a while only.
async fn delete_conversations(api: &Api) -> Infallible {
    let mut period = tokio::time::interval(DELETION_PERIOD);
    loop {
        period.tick().await;
        api::keep_promises(api).await;
    }
}

/// Removes chats for ever that their owners deleted.
async fn purge_chats(site: &Site) -> Infallible {
    let mut period = tokio::time::interval(PURGE_PERIOD);
    loop {
        period.tick().await;
        if let Err(error) = site.purge().await {
            tracing::error!("deleted chats could not be removed: {error}");
        }
    }
}

/// Deletes expired files for ever.
async fn delete_expired_files(api: &Api) -> Infallible {
    let mut period = tokio::time::interval(FILE_EXPIRY_PERIOD);
    loop {
        period.tick().await;
        let now = api.clock.since_epoch().as_secs();
        loop {
            match api.files.store.delete_expired(now, EXPIRED_AT_ONCE).await {
                Ok(0) => break,
                Ok(count) => tracing::info!(files.count = count, "expired files were deleted"),
                Err(error) => {
                    tracing::error!("expired files could not be deleted: {error}");
                    break;
                }
            }
        }
    }
}
