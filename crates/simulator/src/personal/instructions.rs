//! What an account wants every answer to take into account, as it has told upstream.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use serde_json::{Map, Value, json};

use super::Changes;
use crate::fields::Fields;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// `GET /backend-api/user_system_messages`
pub(super) async fn show(Shared(state): App, caller: Caller) -> Reply {
    let personal = &state.personal;
    personal.of(&caller.account.id, |changes| described(&caller, changes))
}

/// `POST` and `PATCH /backend-api/user_system_messages`: what is named changes, the rest stays.
pub(super) async fn change(
    Shared(state): App,
    caller: Caller,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    Ok(state.personal.of(&caller.account.id, |changes| {
        for name in first(&caller).keys() {
            let value = fields.optional(name);
            if !value.is_null() {
                changes.instructions.insert(name.clone(), value.clone());
            }
        }
        described(&caller, changes)
    }))
}

fn described(caller: &Caller, changes: &Changes) -> Reply {
    let mut all = first(caller);
    all.extend(changes.instructions.clone());
    all.insert("object".to_owned(), json!("user_system_message_detail"));
    Reply::ok(&Value::Object(all))
}

/// What it has told before anything was changed.
fn first(caller: &Caller) -> Map<String, Value> {
    let name = &caller.account.name;
    Map::from_iter([
        ("enabled".to_owned(), json!(true)),
        (
            "about_user_message".to_owned(),
            json!(format!("{name} keeps bees and is learning the cello.")),
        ),
        (
            "about_model_message".to_owned(),
            json!(format!("Always call me {name}, and be brief.")),
        ),
        ("name_user_message".to_owned(), json!(name)),
        (
            "role_user_message".to_owned(),
            json!(format!("Beekeeper at {name}'s orchard")),
        ),
        (
            "traits_model_message".to_owned(),
            json!(format!("As dry as {name}'s jokes")),
        ),
        ("other_user_message".to_owned(), json!("")),
        ("disabled_tools".to_owned(), json!([])),
    ])
}
