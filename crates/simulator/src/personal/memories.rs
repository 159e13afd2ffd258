//! What upstream remembers of an account, until the account has it forget.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use http::StatusCode;
use serde_json::{Value, json};

use super::Changes;
use crate::account::Account;
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// How many tokens all memories may have together.
const MOST_TOKENS: usize = 6000;

/// How many bytes of a memory count as a token.
const BYTES_PER_TOKEN: usize = 4;

/// `GET /backend-api/memories`
pub(super) async fn list(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let kept = state
        .personal
        .of(&caller.account.id, |changes| kept(&caller.account, changes));
    let bytes: usize = kept.iter().map(|(_, content)| content.len()).sum();
    let asks_not = query
        .get("include_memory_entries")
        .is_some_and(|value| value == "false");
    let rows = kept.iter().filter(|_| !asks_not).map(|(id, content)| {
        json!({
            "id": id,
            "content": content,
            "created_timestamp": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z",
            "conversation_id": null,
            "gizmo_id": null,
            "status": "warm",
        })
    });
    Reply::ok(&json!({
        "memories": rows.collect::<Vec<_>>(),
        "memory_max_tokens": MOST_TOKENS,
        "memory_num_tokens": bytes / BYTES_PER_TOKEN,
    }))
}

/// `DELETE /backend-api/memories/{id}`
pub(super) async fn forget(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    state.personal.of(&caller.account.id, |changes| {
        let is_kept = kept(&caller.account, changes)
            .iter()
            .any(|(known, _)| *known == id);
        if !is_kept {
            let message = format!("Memory {id} not found");
            return Err(Reply::coded(
                StatusCode::NOT_FOUND,
                "memory_not_found",
                &message,
            ));
        }
        changes.forgotten.insert(id);
        Ok(success())
    })
}

/// `DELETE` and `POST /backend-api/settings/clear_account_user_memory`
pub(super) async fn forget_all(Shared(state): App, caller: Caller) -> Reply {
    state.personal.of(&caller.account.id, |changes| {
        let all = memories(&caller.account).into_iter();
        changes.forgotten.extend(all.map(|(id, _)| id));
    });
    success()
}

fn success() -> Reply {
    Reply::ok(&json!({"success": Value::Bool(true)}))
}

/// The memories that are left.
fn kept(account: &Account, changes: &Changes) -> Vec<(String, String)> {
    let mut all = memories(account);
    all.retain(|(id, _)| !changes.forgotten.contains(id));
    all
}

/// All memories there ever were: their ids and what they say.
fn memories(account: &Account) -> Vec<(String, String)> {
    let name = &account.name;
    [
        format!("{name} is allergic to hazelnuts."),
        format!("{name}'s daughter plays in {name}'s old football club."),
        format!("{name} plans to move to the coast next year."),
    ]
    .into_iter()
    .map(|content| (ids::uuid(&["memory", &account.id, &content]), content))
    .collect()
}
