//! Conversations that are kept for a while and then deleted upstream.
//!
//! A promise is written down before anything else happens to it, so it outlives a restart; it
//! is forgotten when upstream has done it. `keep_promises` is called by the program every so
//! often.

use std::sync::Arc;
use std::time::Duration;

use accounts::{Caller, Lease};
use http::StatusCode;
use store::{PendingDeletion, PendingDeletions};
use transcode::request::chat_completion::ChatRequest;
use upstream::{Failure, FailureKind};
use web::{ApiError, ErrorClass};

use crate::Api;

const PARAMETER: &str = "delete_after_minutes";

/// Conversations deleted in one go.
const AT_MOST: usize = 50;

/// Between two requests to upstream, which did not ask for them.
const PAUSE: Duration = Duration::from_millis(200);

/// After how many minutes a conversation is deleted; keeping it at all follows from that.
pub(crate) fn wanted(
    api: &Api,
    caller: &Caller,
    request: &mut ChatRequest,
) -> Result<Option<u32>, ApiError> {
    let is_pooled = caller.uses_pool();
    let Some(minutes) = request.delete_after_minutes else {
        let is_new = request.turn.conversation_id.is_none();
        return Ok(api.delete_after_minutes.filter(|_| is_pooled && is_new));
    };
    if !is_pooled {
        let message = format!(
            "{PARAMETER}: an AccessToken of your own is not stored, so nothing can be deleted with \
             it later; use a gateway key"
        );
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            ErrorClass::InvalidRequest,
            "unsupported_parameter",
            message,
        )
        .with_param(PARAMETER));
    }
    request.turn.keep_history = Some(true);
    Ok(Some(minutes))
}

/// Writes down that a conversation is to be deleted.
pub(crate) fn promise(api: &Api, lease: &Lease, conversation_id: &str, minutes: u32) {
    let now = api.clock.since_epoch().as_secs();
    let deletion = PendingDeletion {
        conversation_id: conversation_id.to_owned(),
        account: lease.credential().key(),
        delete_at: now.saturating_add(u64::from(minutes) * 60),
    };
    let deletions = api.deletions.clone();
    // It has to be written down even if the caller goes away this moment.
    api.tasks.spawn(async move {
        if let Err(error) = deletions.add(deletion).await {
            tracing::error!(%error, "a conversation will not be deleted: that cannot be noted");
        }
    });
}

/// Deletes a conversation that was only a means, as soon as may be.
pub(crate) fn delete_now(api: &Arc<Api>, lease: &Lease, conversation_id: &str) {
    let credential = lease.credential().clone();
    let conversation_id = conversation_id.to_owned();
    let api = Arc::clone(api);
    let tasks = api.tasks.clone();
    tasks.spawn(async move {
        let deleted = api
            .drivers
            .web
            .delete_conversation(&credential, &conversation_id)
            .await;
        if let Err(failure) = deleted {
            tracing::warn!(failure.kind = ?failure.kind, "a conversation could not be deleted");
        }
    });
}

/// Deletes what is due.
pub async fn keep_promises(api: &Api) {
    let now = api.clock.since_epoch().as_secs();
    for deletion in api.deletions.due(now, AT_MOST) {
        match keep(api, &deletion).await {
            Ok(()) => forget(&api.deletions, &deletion).await,
            Err(failure) if is_final(&failure) => {
                tracing::warn!(
                    failure.kind = ?failure.kind,
                    "a conversation cannot be deleted any more; its account has lost it"
                );
                forget(&api.deletions, &deletion).await;
            }
            Err(failure) => {
                tracing::warn!(failure.kind = ?failure.kind, "a conversation is deleted later");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn keep(api: &Api, deletion: &PendingDeletion) -> Result<(), Failure> {
    // An account that is gone from the pool takes its conversations with it.
    let Some(lease) = api.pool.lease_pooled(deletion.account).await else {
        return Ok(());
    };
    api.drivers
        .web
        .delete_conversation(lease.credential(), &deletion.conversation_id)
        .await
}

fn is_final(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::UnknownConversation | FailureKind::NotFound | FailureKind::Deactivated
    )
}

async fn forget(deletions: &PendingDeletions, deletion: &PendingDeletion) {
    if let Err(error) = deletions.remove(deletion).await {
        tracing::error!(%error, "a deletion that was done cannot be crossed out");
    }
}
