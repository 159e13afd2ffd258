//! How an account likes things: its settings and the features it tries out.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// `GET /backend-api/settings/user`
pub(super) async fn show(Shared(state): App, caller: Caller) -> Reply {
    let name = &caller.account.name;
    let mut settings = json!({
        "voice_name": "cove",
        "training_allowed": false,
        "sunshine": true,
        "moonshine": true,
        "show_expanded_code_view": false,
        "last_used_context_connector_ids": [format!("connector of {name}")],
        "preferred_name": name,
    });
    let changed = of_account(&state, &caller, |changes| changes.settings.clone());
    for (feature, value) in changed {
        settings[feature] = value;
    }
    Reply::ok(&json!({
        "settings": settings,
        "eligible_announcements": [],
        "user_segments": [format!("friends of {name}")],
    }))
}

/// `PATCH /backend-api/settings/account_user_setting?feature=…&value=…`
pub(super) async fn change(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let (feature, value) = named(&query)?;
    of_account(&state, &caller, |changes| {
        changes.settings.insert(feature, value);
    });
    Ok(Reply::ok(&json!({"success": true})))
}

/// `GET /backend-api/settings/beta_features`
pub(super) async fn features(Shared(state): App, caller: Caller) -> Reply {
    let mut features = json!({"browsing": true, "code_interpreter": true, "plugins": false});
    let changed = of_account(&state, &caller, |changes| changes.features.clone());
    for (feature, value) in changed {
        features[feature] = value;
    }
    Reply::ok(&features)
}

/// `POST /backend-api/settings/beta_features?feature=…&value=…`
pub(super) async fn change_feature(
    shared: App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let (feature, value) = named(&query)?;
    of_account(&shared, &caller, |changes| {
        changes.features.insert(feature, value);
    });
    Ok(features(shared, caller).await)
}

/// `GET /backend-api/settings/is_adult`
pub(super) async fn is_adult(_caller: Caller) -> Reply {
    Reply::ok(&json!({"is_adult": true}))
}

/// What a query names and what it is to be: true, false, a number, or a text.
fn named(query: &HashMap<String, String>) -> Result<(String, Value), Reply> {
    let mut fields = Fields::of_query(query);
    let feature = fields.text("feature");
    let value = fields.text("value");
    fields.accept()?;
    let value = serde_json::from_str(&value).unwrap_or(Value::String(value));
    Ok((feature, value))
}

fn of_account<T>(state: &State, caller: &Caller, look: impl FnOnce(&mut super::Changes) -> T) -> T {
    state.personal.of(&caller.account.id, look)
}
