//! Whether what a conversation call refers to is there and is the caller's to use: the files its
//! messages name. Nothing is changed.

use crate::attachments;
use crate::conversation_request::ConversationRequest;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

/// Refuses a call that refers to something it may not use.
pub(super) fn check(
    state: &State,
    caller: &Caller,
    request: &ConversationRequest,
) -> Result<(), Reply> {
    attachments::check(state, &caller.account.id, &request.messages)
}
