//! What a page asks for to look as it should, and what it reports. Nearly all of it is the same
//! for every account.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::reply::Reply;
use crate::tokens::Caller;

/// `GET /backend-api/beacons/home`: what greets the account.
pub(super) async fn beacons(caller: Caller) -> Reply {
    Reply::ok(&json!({
        "beacons": [],
        "greeting": format!("Good to see you, {}.", caller.account.name),
    }))
}

/// `GET /backend-api/images/styles`
pub(super) async fn styles(_caller: Caller) -> Reply {
    let style = |id: &str, title: &str| json!({"id": id, "title": title, "image_url": null});
    Reply::ok(&json!({"styles": [
        style("ink", "Ink drawing"),
        style("clay", "Clay figures"),
    ]}))
}

/// `GET /backend-api/model_icons`
pub(super) async fn icons(_caller: Caller) -> Reply {
    Reply::ok(&json!({"icons": {}}))
}

/// `GET /backend-api/edge`: nothing, for anybody.
pub(super) async fn edge() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// `POST /backend-api/lat/r`: how long the page took, which is not kept.
pub(super) async fn report(_caller: Caller) -> Reply {
    Reply::ok(&json!({"status": "success"}))
}

/// `GET /public-api/conversation_limit`: a limit that is none, for anybody.
pub(super) async fn conversation_limit() -> Reply {
    Reply::ok(&json!({
        "message_cap": 0.0,
        "message_cap_window": 180.0,
        "message_cap_rollover": null,
        "message_disclaimer": {},
    }))
}
