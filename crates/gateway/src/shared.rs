//! Requests of those who share an account: found in the allow-list, with everything they name
//! looked up before a word goes upstream.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;
use web::{ApiError, json_body};

use crate::allow_list::{Act, Row};
use crate::clean_path::CleanPath;
use crate::failure_shape::{invalid, not_allowed, not_found};
use crate::id_checks::{MAX_IDS, NamedIds, Unfit};
use crate::matching::{CheckedQuery, Matched, Repeated, find};
use crate::visitor::Visitor;
use crate::{Gateway, answers, changing, conversation, dictation, identity, lists};

/// A request that may go on: all it names is the visitor's.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) owner: String,
    pub(crate) row: &'static Row,
    pub(crate) method: Method,
    /// The path as it was matched.
    pub(crate) path: String,
    pub(crate) query: CheckedQuery,
    pub(crate) headers: HeaderMap,
    /// The body; null where there is none. What goes up is written anew from it, so that nobody
    /// reads it in another way.
    pub(crate) body: Value,
    /// The account that has what is named, if anything is.
    pub(crate) identity: Option<[u8; 16]>,
}

/// Answers a request.
pub(crate) async fn serve(
    gateway: &Arc<Gateway>,
    visitor: &Visitor,
    head: Parts,
    body: Body,
) -> Result<Response, ApiError> {
    let path = signed_in_path(head.uri.path());
    let clean = CleanPath::strict(&path).ok_or_else(not_allowed)?;
    let Matched { row, ids } = find(&head.method, &clean).ok_or_else(not_allowed)?;
    let query = CheckedQuery::read(row, head.uri.query())
        .map_err(|Repeated(name)| invalid(format!("{name} stands in the query twice")))?;
    if row.act == Act::WriteDown {
        return dictation::write_down(gateway, visitor, &head, body).await;
    }
    let mut named = NamedIds::of_address(ids, &query);
    let body = read_body(gateway, &head.headers, body).await?;
    named.add_body(&body).map_err(|it| unfit(&it))?;
    let owner = visitor.owner();
    let identity = gateway.ownership.check(&owner, &named).await?;
    let checked = Checked {
        visitor,
        owner,
        row,
        method: head.method,
        path,
        query,
        headers: head.headers,
        body,
        identity,
    };
    act(gateway, checked).await
}

async fn act(gateway: &Arc<Gateway>, checked: Checked<'_>) -> Result<Response, ApiError> {
    match checked.row.act {
        Act::Fixed(text) => Ok(answers::json_text(text)),
        Act::Nothing => Ok(StatusCode::NO_CONTENT.into_response()),
        Act::Requirements => Ok(answers::requirements()),
        Act::Me => Ok(identity::me(gateway, &checked)),
        Act::Account => identity::account(gateway, &checked).await,
        Act::List => lists::conversations(gateway, &checked).await,
        Act::Search => lists::search(gateway, &checked).await,
        Act::Shares => lists::shares(gateway, &checked).await,
        Act::Tasks => lists::tasks(gateway, &checked).await,
        Act::Change => changing::change(gateway, &checked).await,
        Act::Converse | Act::Resume => conversation::serve(gateway, checked).await,
        Act::Pass | Act::WriteDown => answers::passed(gateway, &checked).await,
    }
}

/// Whoever asks here has signed in, so there is one set of routes.
fn signed_in_path(path: &str) -> String {
    match path.strip_prefix("/backend-anon/") {
        Some(rest) => format!("/backend-api/{rest}"),
        None => path.to_owned(),
    }
}

async fn read_body(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Value, ApiError> {
    // Some pages send JSON as text, so that a browser need not ask first.
    let mut stated = headers.clone();
    stated.remove(header::CONTENT_TYPE);
    let bytes = json_body::read(&stated, body, gateway.parts.body_limit_bytes).await?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let read: Result<Value, _> = serde_json::from_slice(&bytes);
    match read {
        Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
        Ok(_) => Err(invalid("the body has to be a JSON object")),
        Err(error) => Err(invalid(format!("the body is not JSON: {error}"))),
    }
}

fn unfit(reason: &Unfit) -> ApiError {
    match reason {
        Unfit::TooMany => invalid(format!("the body names more than {MAX_IDS} things")),
        Unfit::Project => not_found(),
        Unfit::NoId(name) => invalid(format!("{name} has to be text or null")),
    }
}
