//! The programs of others that an account has let in: a drive and a calendar, each linked as the
//! account's own.

use axum::extract::Path;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::ids;
use crate::reply::Reply;
use crate::tokens::Caller;

/// `GET /backend-api/connectors`
pub(super) async fn list(caller: Caller) -> Reply {
    Reply::ok(&json!({"connectors": connectors(&caller), "cursor": null}))
}

/// `/backend-api/connectors/*`: lists are all the same, one that is asked for by its id is shown
/// or let go, and other ids are not there.
pub(super) async fn any(
    method: Method,
    caller: Caller,
    Path(what): Path<String>,
) -> Result<Reply, Reply> {
    let id = what.split('/').next().unwrap_or_default();
    let connectors = connectors(&caller);
    if !id.starts_with("connector_") {
        return Ok(Reply::ok(
            &json!({"connectors": connectors, "cursor": null}),
        ));
    }
    let known = connectors.iter().find(|connector| connector["id"] == id);
    match known {
        Some(connector) if method == Method::GET => Ok(Reply::ok(connector)),
        Some(_) => Ok(Reply::ok(&json!({"success": true}))),
        None => {
            let message = format!("Connector {id} not found");
            Err(Reply::coded(
                StatusCode::NOT_FOUND,
                "connector_not_found",
                &message,
            ))
        }
    }
}

fn connectors(caller: &Caller) -> Vec<Value> {
    let account = &caller.account;
    let connector = |kind: &str| {
        json!({
            "id": format!("connector_{}", ids::hex(&["connector", &account.id, kind], 24)),
            "connector_type": kind,
            "name": format!("{}'s {kind}", account.name),
            "account_email": account.email,
            "status": "ENABLED",
        })
    };
    vec![connector("drive"), connector("calendar")]
}
