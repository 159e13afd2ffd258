//! Links to files: an account asks for one of its files, for a file of one of its conversations, or
//! for one that a program left in the sandbox, and is told where to fetch it. The content itself is
//! sent by `content`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use serde_json::{Value, json};

use crate::content::{self, Content};
use crate::conversation_request::text_of;
use crate::fields::Fields;
use crate::files::LINK_LIFETIME;
use crate::links::{OwnAddress, Use, link};
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::{iso, since_epoch};
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// `GET /backend-api/files/{id}/download` and `GET /backend-api/files/download/{id}`.
pub(crate) async fn of_file(
    Shared(state): App,
    caller: Caller,
    address: OwnAddress,
    Path(id): Path<String>,
) -> Reply {
    if !may_fetch(&state, &caller.account.id, &id) {
        return not_found();
    }
    linked(&state, &address, &id)
}

/// `GET /backend-api/conversation/{conversation}/attachment/{id}/download`.
pub(crate) async fn of_conversation(
    Shared(state): App,
    caller: Caller,
    address: OwnAddress,
    Path((conversation, id)): Path<(String, String)>,
) -> Result<Reply, Reply> {
    let conversations = state.conversations();
    let tree = conversations
        .of_account(&conversation, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&conversation))?;
    let is_shown = tree.shows_file(&id);
    drop(conversations);
    if !is_shown {
        return Err(not_found());
    }
    Ok(linked(&state, &address, &id))
}

/// `GET /backend-api/conversation/{conversation}/interpreter/download`.
pub(crate) async fn of_sandbox(
    Shared(state): App,
    caller: Caller,
    address: OwnAddress,
    Path(conversation): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let message_id = fields.text("message_id");
    let path = fields.text("sandbox_path");
    fields.accept()?;
    let conversations = state.conversations();
    let tree = conversations
        .of_account(&conversation, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&conversation))?;
    let shows_link = tree
        .message(&message_id)
        .is_some_and(|message| text_of(message).contains(&format!("sandbox:{path}")));
    drop(conversations);
    if !shows_link {
        return Err(not_found());
    }
    Ok(linked(&state, &address, &content::sandbox_key(&path)))
}

/// Whether a file is an account's: it sent it, or one of its conversations shows it.
pub(crate) fn may_fetch(state: &State, account_id: &str, id: &str) -> bool {
    let uploads = state.uploads();
    if let Some(upload) = uploads.get(id) {
        return upload.file.account_id == account_id && upload.file.finished;
    }
    drop(uploads);
    state.conversations().shows_file(account_id, id)
}

/// The reply that says where a file is to be fetched, or why it cannot be.
fn linked(state: &State, address: &OwnAddress, key: &str) -> Reply {
    let Some(content) = Content::find(state, key) else {
        return not_found();
    };
    let now = since_epoch(state.now());
    let lifetime = match content.fault {
        "simulate-download-error" => {
            return Reply::failed("file_download_failed", "The file is gone. (simulated)");
        }
        "simulate-download-expired" => 0,
        _ => LINK_LIFETIME,
    };
    let purpose = if key.starts_with("file_") {
        Use::Estuary
    } else {
        Use::Get
    };
    Reply::ok(&json!({
        "status": "success",
        "download_url": link(address, purpose, key, now.as_secs() + lifetime),
        "metadata": {},
        "file_name": content.name,
        "creation_time": iso(now),
        "file_size_bytes": content.size,
        "mime_type": Value::Null,
    }))
}

fn not_found() -> Reply {
    Reply::failed("file_not_found", "File not found")
}
