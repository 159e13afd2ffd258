//! Whether what a conversation call refers to is there and is the caller's to use: the files its
//! messages name, the GPT or project it is to, the model it asks for. Nothing is changed.

use http::StatusCode;
use serde_json::json;

use crate::anonymous;
use crate::attachments;
use crate::conversation_request::ConversationRequest;
use crate::gizmos;
use crate::models;
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

/// Refuses a call that refers to something it may not use.
pub(super) fn check(
    state: &State,
    caller: &Caller,
    request: &ConversationRequest,
) -> Result<(), Reply> {
    anonymous::check(caller, request)?;
    if let Some(id) = &request.gizmo_id {
        gizmos::find(state, &caller.account, id)?;
    }
    attachments::check(state, &caller.account.id, &request.messages)?;
    let now = since_epoch(state.now()).as_secs();
    let served = models::served(&caller.account.plan, &request.model);
    match caller.limits.end_of(served) {
        Some(end) => Err(used_up(end.saturating_sub(now))),
        None => Ok(()),
    }
}

/// The refusal of a model that is used up for so many seconds.
fn used_up(clears_in: u64) -> Reply {
    Reply::detail(
        StatusCode::TOO_MANY_REQUESTS,
        json!({
            "clears_in": clears_in,
            "code": "model_cap_exceeded",
            "message": "You have sent too many messages to the model. Please try again later.",
        }),
    )
}
