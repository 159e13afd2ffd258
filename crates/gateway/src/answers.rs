//! Replies: those the gateway gives itself, and upstream's, with what they name written down and
//! what is the account's own taken out.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use web::ApiError;

use crate::Gateway;
use crate::allow_list::IdKind;
use crate::failure_shape::stored;
use crate::learning::Learned;
use crate::ownership::Place;
use crate::passing::Passed;
use crate::shared::Checked;
use crate::{personal, transfer};

/// A reply of JSON that stands in the table.
pub(crate) fn json_text(text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = axum::Json(value).into_response();
    *response.status_mut() = status;
    response
}

/// What a page has to do before it sends a message: nothing. What upstream demands, the gateway
/// does when the message comes, and says so to the page if it cannot.
pub(crate) fn requirements() -> Response {
    let token = format!("flowgpt-{}", uuid::Uuid::new_v4().simple());
    json(
        StatusCode::OK,
        &json!({
            "persona": "flowgpt",
            "token": token,
            "prepare_token": token,
            "expire_after": 540,
            "expire_at": null,
            "answered_by": "flowgpt",
            "arkose": {"required": false, "dx": null},
            "turnstile": {"required": false},
            "proofofwork": {"required": false},
            "force_login": false,
        }),
    )
}

/// Upstream's own reply.
pub(crate) async fn passed(gateway: &Gateway, checked: &Checked<'_>) -> Result<Response, ApiError> {
    let passed = checked.ask(gateway).await?;
    if !passed.is_json() {
        return Ok(streamed(passed));
    }
    let identity = passed.lease.credential().key();
    let (status, mut value, _lease) = passed.json().await?;
    if status.is_success() {
        let place = Place {
            owner: checked.owner.clone(),
            identity,
        };
        learn(gateway, checked, &place, &value).await?;
        personal::empty(&mut value);
        transfer::through_here(gateway, &checked.headers, &place, &mut value);
    }
    Ok(json(status, &value))
}

/// A reply that is no JSON, piece by piece: a sound, or a log of what becomes of a file.
pub(crate) fn streamed(passed: Passed) -> Response {
    let Passed { lease, reply } = passed;
    let pieces = reply.body.map(move |piece| {
        // The lease is given back when all is sent, or nobody wants it any more.
        let _leased = &lease;
        piece
    });
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = reply.status;
    response.headers_mut().extend(reply.headers);
    response
}

/// Writes down what a reply names; and what is gone, if that is what was asked for.
async fn learn(
    gateway: &Gateway,
    checked: &Checked<'_>,
    place: &Place,
    value: &Value,
) -> Result<(), ApiError> {
    gateway.ownership.learn(place, Learned::of(value)).await?;
    let database = &gateway.parts.database;
    if checked.method == http::Method::DELETE
        && let Some(id) = checked.path.strip_prefix("/backend-api/share/")
    {
        let gone = database.forget_object(&place.owner, id).await;
        gone.map_err(|error| stored(&error))?;
    }
    if let Some(id) = checked
        .path
        .strip_prefix("/backend-api/conversation/gen_title/")
        && let Some(title) = value["title"].as_str()
    {
        let patch = store::records::ListedPatch {
            title: Some(title.into()),
            ..Default::default()
        };
        let changed = database.change_listed(&place.owner, id, &patch).await;
        changed.map_err(|error| stored(&error))?;
    }
    if let Some(id) = value["id"].as_str()
        && IdKind::File.has_shape(id)
    {
        let mut file = Learned::default();
        file.extend(Learned::of(&json!({"file_id": id})));
        gateway.ownership.learn(place, file).await?;
    }
    Ok(())
}
