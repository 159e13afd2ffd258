//! Responses that are kept: looked at, watched again, ended and deleted by who asked for them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderMap, StatusCode};
use openai::error::InvalidRequest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::records::KeptResponse;
use transcode::reply::response_told::Written;
use web::{ApiError, ErrorClass, caller_auth, event_stream, kept_response};

use super::create::bytes;
use super::run::now;
use super::{not_found, store_error};
use crate::Api;
use crate::item_list::{PageQuery, kept, pairs};
use crate::proven_caller::owner_of;

/// How often another process's response is looked at by who waits for it.
const LOOK_PERIOD: Duration = Duration::from_millis(500);

/// How long a caller waits for a response to end that is to end.
const CANCEL_WAIT: Duration = Duration::from_secs(10);

pub(crate) async fn retrieve(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let owner = owner(&api, &headers).await?;
    let mut is_streamed = false;
    let mut from = 0;
    for (name, value) in pairs(query.as_deref()) {
        match name.as_str() {
            "stream" => is_streamed = value == "true",
            "starting_after" => {
                let Ok(number) = value.parse::<usize>() else {
                    let message = "starting_after: the number of the last event that was seen";
                    return Err(InvalidRequest::parameter("starting_after", message).into());
                };
                from = number.saturating_add(1);
            }
            _ => {}
        }
    }
    let response = find(&api, &owner, &id).await?;
    if is_streamed {
        return again(&api, owner, response, from);
    }
    Ok(Json(body(&api, &owner, &response).await?).into_response())
}

pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let gone = api.responses.database.forget_response(&owner, &id).await;
    if !gone.map_err(|error| store_error(&error))? {
        return Err(unknown(&id));
    }
    if let Some(live) = api.responses.find(&id) {
        live.cancel.cancel();
    }
    Ok(Json(
        json!({"id": id, "object": "response", "deleted": true}),
    ))
}

pub(crate) async fn cancel(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let response = find(&api, &owner, &id).await?;
    let shown = body(&api, &owner, &response).await?;
    if shown["background"] != true {
        let message = "only a response in the background can be cancelled; leave its stream to end \
             any other";
        return Err(InvalidRequest::parameter("id", message).into());
    }
    if is_over(&response) {
        return Ok(Json(shown));
    }
    let asked = api.responses.database.cancel_response(&owner, &id).await;
    asked.map_err(|error| store_error(&error))?;
    let ended = async {
        match api.responses.find(&id) {
            Some(live) => {
                live.cancel.cancel();
                live.ended().await;
            }
            None => until_over(&api, &owner, &id).await,
        }
    };
    // One that does not end in time says so itself.
    let _in_time = tokio::time::timeout(CANCEL_WAIT, ended).await;
    let response = find(&api, &owner, &id).await?;
    Ok(Json(body(&api, &owner, &response).await?))
}

pub(crate) async fn input_items(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let query = PageQuery::read(query.as_deref())?;
    find(&api, &owner, &id).await?;
    let items = api.responses.database.kept_items(&owner, &id).await;
    let items = items.map_err(|error| store_error(&error))?;
    let said = items.iter().filter(|it| !it.is_output);
    Ok(Json(query.page(said.map(kept).collect())?))
}

async fn owner(api: &Api, headers: &HeaderMap) -> Result<String, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    owner_of(api, &who.caller).await
}

/// A response of this caller's; whoever made it may be gone, and then it is over.
async fn find(api: &Api, owner: &str, id: &str) -> Result<KeptResponse, ApiError> {
    let found = api.responses.database.kept_response(owner, id).await;
    let mut response = found
        .map_err(|error| store_error(&error))?
        .ok_or_else(|| unknown(id))?;
    let now = i64::try_from(now(api)).unwrap_or(i64::MAX);
    let live = api.responses.find(id);
    match &live {
        Some(live) if !is_over(&response) && live.is_begun() => {
            "in_progress".clone_into(&mut response.status);
        }
        Some(_) => {}
        None => kept_response::settle(&mut response, now),
    }
    Ok(response)
}

fn unknown(id: &str) -> ApiError {
    let message = format!("there is no response \"{id}\"; it was never kept, or is gone");
    not_found("response_not_found", "id", message)
}

fn is_over(response: &KeptResponse) -> bool {
    !matches!(response.status.as_str(), "queued" | "in_progress")
}

/// The response as a caller sees it.
async fn body(api: &Api, owner: &str, response: &KeptResponse) -> Result<Value, ApiError> {
    let items = api.responses.database.kept_items(owner, &response.id).await;
    let items = items.map_err(|error| store_error(&error))?;
    Ok(kept_response::whole(response, &items))
}

/// The events of a response from a number on, to their end.
fn again(
    api: &Arc<Api>,
    owner: String,
    response: KeptResponse,
    from: usize,
) -> Result<Response, ApiError> {
    if let Some(live) = api.responses.find(&response.id)
        && !live.all().is_empty()
    {
        let told = live.watch(from).map(|told| bytes(&told));
        return Ok(event_stream::response(told, api.heartbeat));
    }
    let body = kept_response::head(&response);
    if response.events.is_none() && (is_over(&response) && body["error"].is_null()) {
        let message = "stream: only a response that was made with \"background\" and \"stream\" has \
             events to go on with";
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            ErrorClass::InvalidRequest,
            "invalid_value",
            message,
        )
        .with_param("stream"));
    }
    let events = replayed(Arc::clone(api), owner, response, from);
    Ok(event_stream::response(events, api.heartbeat))
}

/// What was kept of the events; those of another process come when it is done.
fn replayed(
    api: Arc<Api>,
    owner: String,
    response: KeptResponse,
    from: usize,
) -> impl Stream<Item = Vec<u8>> {
    stream::once(async move {
        let mut response = response;
        if !is_over(&response) {
            until_over(&api, &owner, &response.id).await;
            match find(&api, &owner, &response.id).await {
                Ok(now) => response = now,
                Err(_) => return Vec::new(),
            }
        }
        let Some(events) = &response.events else {
            return bytes(&[left(&response, from)]);
        };
        let lines = events.expose_secret().lines().skip(from);
        bytes(&lines.filter_map(event).collect::<Vec<_>>())
    })
    .filter(|bytes| std::future::ready(!bytes.is_empty()))
}

/// The only event of a response whose maker is gone with the others.
fn left(response: &KeptResponse, number: usize) -> Written {
    let kind = "response.failed";
    let body = kept_response::head(response);
    let event = json!({"type": kind, "sequence_number": number, "response": body});
    Written {
        name: kind.into(),
        json: event.to_string().into_bytes(),
    }
}

fn event(line: &str) -> Option<Written> {
    let value: Value = serde_json::from_str(line).ok()?;
    let name = value["type"].as_str()?.to_owned().into();
    let json = line.as_bytes().to_vec();
    Some(Written { name, json })
}

async fn until_over(api: &Api, owner: &str, id: &str) {
    loop {
        tokio::time::sleep(LOOK_PERIOD).await;
        match find(api, owner, id).await {
            Ok(response) if !is_over(&response) => {}
            _ => return,
        }
    }
}
