//! What came before a request: the responses it goes on from, or its conversation, and the items
//! it only refers to.

use http::StatusCode;
use openai::error::InvalidRequest;
use secrecy::ExposeSecret;
use serde_json::Value;
use store::records::KeptItem;
use transcode::request::response_create::ResponseRequest;
use transcode::request::response_input::{reference, unknown_reference};
use web::{ApiError, ErrorClass};

use super::memory::LaneMemory;
use super::{not_found, store_error};
use crate::Api;
use crate::item_list::{kept, settled};

/// No chain of responses is longer.
const MAX_CHAIN: usize = 2048;

/// All that came before has no more text and files than this.
const MAX_BYTES: usize = 96 << 20;

/// What came before, and what is said now; all of it with ids.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) before: Vec<Value>,
    pub(super) input: Vec<Value>,
}

/// Looks up what a request refers to; `owner` is nobody's when nothing kept is asked for, and
/// `memory` is that of its connection.
pub(super) async fn resolve(
    api: &Api,
    owner: Option<&str>,
    request: &ResponseRequest,
    memory: Option<&LaneMemory>,
) -> Result<Context, ApiError> {
    let mut context = Context::default();
    if let (Some(owner), Some(id)) = (owner, &request.previous_response_id) {
        let remembered = memory.and_then(|it| it.recall(id));
        context.before = match remembered {
            Some(before) => before,
            None => chain(api, owner, id).await?,
        };
    }
    if let (Some(owner), Some(id)) = (owner, &request.conversation) {
        context.before = conversation(api, owner, id).await?;
    }
    for (index, item) in request.input.iter().enumerate() {
        let item = match (reference(item), owner) {
            (Some(id), Some(owner)) => referred(api, owner, index, item, id).await?,
            (Some(_), None) => return Err(unknown_reference(&path(index), item).into()),
            (None, _) => settled(item.clone()),
        };
        context.input.push(item);
    }
    Ok(context)
}

/// The items that were sent, but for those that only referred to others, which are these.
pub(super) fn as_sent(sent: Vec<Value>, resolved: &[Value]) -> Vec<Value> {
    let pairs = sent.into_iter().zip(resolved);
    let items = pairs.map(|(sent, resolved)| match reference(&sent) {
        Some(_) => resolved.clone(),
        None => sent,
    });
    items.collect()
}

/// Whether a request needs to know whose things are kept.
pub(super) fn needs_owner(request: &ResponseRequest) -> bool {
    request.store
        || request.previous_response_id.is_some()
        || request.conversation.is_some()
        || request.input.iter().any(|item| reference(item).is_some())
}

fn path(index: usize) -> String {
    format!("input[{index}]")
}

async fn referred(
    api: &Api,
    owner: &str,
    index: usize,
    item: &Value,
    id: &str,
) -> Result<Value, ApiError> {
    let found = api.responses.database.kept_item(owner, id).await;
    match found.map_err(|error| store_error(&error))? {
        Some(found) => Ok(kept(&found)),
        None => Err(unknown_reference(&path(index), item).into()),
    }
}

/// Everything said up to and in a response.
async fn chain(api: &Api, owner: &str, last: &str) -> Result<Vec<Value>, ApiError> {
    let database = &api.responses.database;
    let mut pieces: Vec<Vec<Value>> = Vec::new();
    let mut room = Room::new();
    let mut next = Some(last.to_owned());
    while let Some(id) = next.take() {
        let found = database.kept_response(owner, &id).await;
        let found = found.map_err(|error| store_error(&error))?;
        let Some(response) = found.filter(|_| pieces.len() < MAX_CHAIN) else {
            let message = format!(
                "previous_response_id: the response \"{id}\" is not there; it was never kept, is \
                 too old, or was deleted"
            );
            return Err(not_found(
                "previous_response_not_found",
                "previous_response_id",
                message,
            ));
        };
        if matches!(response.status.as_str(), "queued" | "in_progress") {
            let message = "previous_response_id: that response is not over yet; wait for it";
            return Err(InvalidRequest::parameter("previous_response_id", message).into());
        }
        let items = database.kept_items(owner, &id).await;
        let items = items.map_err(|error| store_error(&error))?;
        room.take(&items, "previous_response_id")?;
        pieces.push(items.iter().map(kept).collect());
        next = response.previous_id;
    }
    Ok(pieces.into_iter().rev().flatten().collect())
}

/// How much of what came before there is still room for in memory.
struct Room(usize);

impl Room {
    fn new() -> Self {
        Self(MAX_BYTES)
    }

    fn take(&mut self, items: &[KeptItem], parameter: &'static str) -> Result<(), ApiError> {
        let sizes = items.iter().map(|it| it.json.expose_secret().len());
        match self.0.checked_sub(sizes.sum()) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(too_long(parameter)),
        }
    }
}

fn too_long(parameter: &'static str) -> ApiError {
    let message = format!(
        "{parameter}: what was said before is larger than {MAX_BYTES} bytes; begin anew with what \
         matters of it"
    );
    ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        "context_length_exceeded",
        message,
    )
    .with_param(parameter)
}

async fn conversation(api: &Api, owner: &str, id: &str) -> Result<Vec<Value>, ApiError> {
    let database = &api.responses.database;
    let found = database.kept_conversation(owner, id).await;
    if found.map_err(|error| store_error(&error))?.is_none() {
        let message = format!("conversation: there is no conversation \"{id}\"");
        return Err(not_found("conversation_not_found", "conversation", message));
    }
    let items = database.kept_items(owner, id).await;
    let items = items.map_err(|error| store_error(&error))?;
    Room::new().take(&items, "conversation")?;
    Ok(items.iter().map(kept).collect())
}
