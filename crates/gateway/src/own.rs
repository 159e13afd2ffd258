//! Requests of somebody whose own account it is: handed through as they are, to a path that leads
//! nowhere else.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::Method;
use http::request::Parts;
use upstream::web::PassedRequest;
use web::ApiError;

use crate::clean_path::is_direct;
use crate::failure_shape::invalid;
use crate::ownership::Place;
use crate::visitor::Visitor;
use crate::{Gateway, answers, conversation, passing, transfer};

/// Where messages are sent.
const MESSAGES: [&str; 3] = [
    "/backend-api/conversation",
    "/backend-alt/conversation",
    "/backend-api/f/conversation",
];

/// What is asked before one.
const REQUIREMENTS: &str = "/backend-api/sentinel/chat-requirements";

pub(crate) async fn serve(
    gateway: &Arc<Gateway>,
    visitor: &Visitor,
    head: Parts,
    body: Body,
) -> Result<Response, ApiError> {
    let path = match head.uri.path().strip_prefix("/backend-anon/") {
        Some(rest) => format!("/backend-api/{rest}"),
        None => head.uri.path().to_owned(),
    };
    if !is_direct(&path) {
        return Err(invalid("the path leads somewhere else than it says"));
    }
    let is_post = head.method == Method::POST;
    if is_post && path.starts_with(REQUIREMENTS) {
        return Ok(answers::requirements());
    }
    let body = axum::body::to_bytes(body, gateway.parts.body_limit_bytes).await;
    let body = body.map_err(|_| invalid("the body is too large, or ended before it was whole"))?;
    let is_message = is_post && MESSAGES.contains(&path.as_str());
    let address = match head.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let passed = PassedRequest::new(head.method, address, &head.headers, body);
    if is_message {
        return conversation::serve_own(gateway, visitor, &head.headers, passed).await;
    }
    let lease = passing::lease(gateway, &visitor.caller, None).await?;
    let lease = lease.for_workspace(visitor.workspace.clone());
    let passed = passing::pass(gateway, &visitor.caller, lease, &passed).await?;
    if !(visitor.has_session && passed.is_json()) {
        return Ok(answers::streamed(passed));
    }
    let place = Place {
        owner: visitor.owner(),
        identity: passed.lease.credential().key(),
    };
    let (status, mut value, _lease) = passed.json().await?;
    transfer::through_here(gateway, &head.headers, &place, &mut value);
    Ok(answers::json(status, &value))
}
