//! Conversations upstream keeps: read, waited for, and deleted.
//!
//! Protocol: one conversation, mutations, resume.

use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use crate::failure::{Failure, FailureKind, Retry};

const CONVERSATION: &str = "/backend-api/conversation";

/// The stored conversation, as JSON text.
pub(super) async fn stored(call: &Call, id: &str) -> Result<String, Failure> {
    let path = format!("{CONVERSATION}/{}", checked(id)?);
    let accepted = call.get(&path, HeaderMap::new()).await?;
    call.read_text(accepted).await
}

/// The message a conversation ends with.
pub(super) async fn current_node(call: &Call, id: &str) -> Result<Option<String>, Failure> {
    #[derive(Deserialize)]
    struct Stored {
        #[serde(default)]
        current_node: Option<String>,
    }
    let stored: Stored = call
        .get_json(&format!("{CONVERSATION}/{}", checked(id)?))
        .await?;
    Ok(stored.current_node)
}

/// Whether an answer is still being written.
pub(super) async fn is_streaming(call: &Call, id: &str) -> Result<bool, Failure> {
    let path = format!("{CONVERSATION}/{}/stream_status", checked(id)?);
    let answer: Value = call.get_json(&path).await?;
    Ok(answer["status"] == "IS_STREAMING")
}

/// Takes a conversation out of the account's list; upstream then deletes it.
pub(super) async fn delete(call: &Call, id: &str) -> Result<(), Failure> {
    let path = format!("{CONVERSATION}/{}", checked(id)?);
    let body = json!({"is_visible": false});
    let answer: Result<Value, Failure> = call.send_json(Method::PATCH, &path, &body).await;
    match answer {
        // Somebody was faster.
        Err(failure) if failure.kind == FailureKind::UnknownConversation => Ok(()),
        answer => answer.map(|_| ()),
    }
}

/// Only ids are put into paths.
pub(super) fn checked(id: &str) -> Result<&str, Failure> {
    if Uuid::parse_str(id).is_ok() {
        return Ok(id);
    }
    Err(Failure::new(
        FailureKind::UnknownConversation,
        Retry::Never,
        "the conversation does not exist: conversation_id is not an id of ChatGPT",
    ))
}
