//! `POST /v1/messages/count_tokens`: how many tokens a prompt has, counted here.
//!
//! Nothing goes upstream, so it costs nothing and uses no account.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderMap;
use serde_json::json;
use transcode::request::anthropic_message::{self, Purpose};
use web::request_id::RequestId;
use web::{ApiError, caller_auth, json_body};

use crate::answering::Asking;
use crate::prompt_count::count_prompt;
use crate::{Api, attachments};

pub(crate) async fn count_tokens(
    State(api): State<Arc<Api>>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let counted = count(&api, &headers, body).await;
    let counted = counted.map(|tokens| Json(json!({ "input_tokens": tokens })).into_response());
    super::reply(id.as_ref(), counted)
}

async fn count(api: &Api, headers: &HeaderMap, body: Body) -> Result<u64, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    let body = json_body::read(headers, body, api.body_limit_bytes).await?;
    let request = anthropic_message::read(&body, Purpose::Count)?;
    drop(body);
    let files = attachments::prepare(api, &who.caller, &request.turn).await?;
    let asking = Asking {
        turn: request.turn,
        states_usage: true,
        ..Asking::default()
    };
    Ok(count_prompt(&asking, &files).await)
}
