//! `POST /backend-api/conversation/init`: what an account may use before it asks anything. The same
//! is told again at the end of every stream.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use serde_json::json;

use crate::fields::Fields;
use crate::gizmos;
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

/// `POST /backend-api/conversation/init`.
pub(crate) async fn init(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    if let Some(gizmo) = fields.optional("gizmo_id").as_str() {
        gizmos::find(&state, &caller.account, gizmo)?;
    }
    if let Some(id) = fields.optional("conversation_id").as_str() {
        let conversations = state.conversations();
        let known = conversations.of_account(id, &caller.account.id);
        known.ok_or_else(|| Reply::conversation_not_found(id))?;
    }
    let mut reply = caller.limits.detail(since_epoch(state.now()));
    reply["atlas_mode_enabled"] = json!(null);
    Ok(Reply::ok(&reply))
}
