//! What came before a request: the responses it goes on from, or its conversation, and the items
//! it only refers to.

use openai::error::InvalidRequest;
use serde_json::Value;
use transcode::request::response_create::ResponseRequest;
use transcode::request::response_input::{reference, unknown_reference};
use web::ApiError;

use super::{not_found, store_error};
use crate::Api;
use crate::item_list::{kept, settled};

/// No chain of responses is longer.
const MAX_CHAIN: usize = 2048;

/// What came before, and what is said now; all of it with ids.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) before: Vec<Value>,
    pub(super) input: Vec<Value>,
}

/// Looks up what a request refers to; `owner` is nobody's when nothing kept is asked for.
pub(super) async fn resolve(
    api: &Api,
    owner: Option<&str>,
    request: &ResponseRequest,
) -> Result<Context, ApiError> {
    let mut context = Context::default();
    if let (Some(owner), Some(id)) = (owner, &request.previous_response_id) {
        context.before = chain(api, owner, id).await?;
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
        pieces.push(items.iter().map(kept).collect());
        next = response.previous_id;
    }
    Ok(pieces.into_iter().rev().flatten().collect())
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
    Ok(items.iter().map(kept).collect())
}
