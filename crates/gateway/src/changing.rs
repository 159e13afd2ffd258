//! `PATCH /backend-api/conversation/{id}`: a title, the archive, a star, or the end of one of the
//! visitor's conversations; upstream first, then the list here.

use axum::response::Response;
use secrecy::SecretString;
use serde_json::{Map, Value};
use store::records::ListedPatch;
use upstream::web::PassedRequest;
use web::ApiError;

use crate::Gateway;
use crate::answers::json;
use crate::failure_shape::{invalid, stored};
use crate::shared::Checked;

/// What may be changed.
const MEMBERS: [&str; 4] = ["title", "is_visible", "is_archived", "is_starred"];

pub(crate) async fn change(gateway: &Gateway, checked: &Checked<'_>) -> Result<Response, ApiError> {
    let wanted = wanted(&checked.body)?;
    let request = PassedRequest::new(
        checked.method.clone(),
        checked.path.clone(),
        &checked.headers,
        Value::Object(wanted.clone()).to_string().into(),
    );
    let passed = checked.ask_for(gateway, &request).await?;
    let (status, value, _lease) = passed.json().await?;
    if status.is_success() {
        note(gateway, checked, &wanted).await?;
    }
    Ok(json(status, &value))
}

/// Of a body what may be changed, if it can be read.
fn wanted(body: &Value) -> Result<Map<String, Value>, ApiError> {
    let mut wanted = Map::new();
    for name in MEMBERS {
        match (name, &body[name]) {
            (_, Value::Null) => {}
            ("title", value @ Value::String(_)) => {
                wanted.insert(name.to_owned(), value.clone());
            }
            ("title", _) => return Err(invalid("title has to be text")),
            (_, value @ Value::Bool(_)) => {
                wanted.insert(name.to_owned(), value.clone());
            }
            _ => return Err(invalid(format!("{name} has to be true or false"))),
        }
    }
    if wanted.is_empty() {
        let names = MEMBERS.join(", ");
        return Err(invalid(format!("nothing to change: send one of {names}")));
    }
    Ok(wanted)
}

async fn note(
    gateway: &Gateway,
    checked: &Checked<'_>,
    wanted: &Map<String, Value>,
) -> Result<(), ApiError> {
    let database = &gateway.parts.database;
    let id = checked.path.rsplit('/').next().unwrap_or_default();
    if wanted.get("is_visible") == Some(&Value::Bool(false)) {
        let gone = database.unlist_conversation(&checked.owner, id).await;
        return gone.map_err(|error| stored(&error));
    }
    let flag = |name: &str| wanted.get(name).and_then(Value::as_bool);
    let title = wanted.get("title").and_then(Value::as_str);
    let patch = ListedPatch {
        title: title.map(SecretString::from),
        is_archived: flag("is_archived"),
        is_starred: flag("is_starred"),
    };
    let changed = database.change_listed(&checked.owner, id, &patch).await;
    changed.map(drop).map_err(|error| stored(&error))
}
