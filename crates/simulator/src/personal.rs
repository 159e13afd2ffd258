//! What an account has beside its conversations, and nobody else may ever see: what it has told
//! upstream about itself, what upstream remembers of it, its settings, its bills, its devices and
//! its things. All of it is invented and has the account's name in it, so that it is known again
//! wherever it turns up. Here are the routes and what accounts have changed.

mod account;
mod bills;
mod connectors;
mod furniture;
mod instructions;
mod memories;
mod settings;
mod things;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{any, delete, get, patch, post};
use serde_json::{Map, Value};

use crate::simulator::{State, lock};

/// What accounts have changed, by their ids.
#[derive(Default)]
pub(crate) struct Personal(Mutex<HashMap<String, Changes>>);

/// What one account has changed.
#[derive(Default)]
struct Changes {
    instructions: Map<String, Value>,
    settings: Map<String, Value>,
    features: Map<String, Value>,
    forgotten: HashSet<String>,
    profile: Map<String, Value>,
}

impl Personal {
    /// Reads or changes what one account has changed.
    fn of<T>(&self, account_id: &str, look: impl FnOnce(&mut Changes) -> T) -> T {
        look(lock(&self.0).entry(account_id.to_owned()).or_default())
    }
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .merge(told_routes())
        .merge(setting_routes())
        .merge(account_routes())
        .merge(thing_routes())
        .merge(furniture_routes())
}

/// What an account has told upstream of itself.
fn told_routes() -> Router<Arc<State>> {
    Router::new()
        .route(
            "/backend-api/user_system_messages",
            get(instructions::show)
                .post(instructions::change)
                .patch(instructions::change),
        )
        .route("/backend-api/memories", get(memories::list))
        .route("/backend-api/memories/{id}", delete(memories::forget))
        .route(
            "/backend-api/settings/clear_account_user_memory",
            delete(memories::forget_all).post(memories::forget_all),
        )
}

/// How an account likes things.
fn setting_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/settings/user", get(settings::show))
        .route(
            "/backend-api/settings/beta_features",
            get(settings::features).post(settings::change_feature),
        )
        .route(
            "/backend-api/settings/account_user_setting",
            patch(settings::change),
        )
        .route("/backend-api/settings/is_adult", get(settings::is_adult))
}

/// The account itself, and what it pays.
fn account_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/accounts/{id}/invites", get(account::invites))
        .route("/backend-api/accounts/mfa_info", get(account::factors))
        .route("/backend-api/accounts/logout_all", post(account::sign_out))
        .route(
            "/backend-api/accounts/deactivate",
            post(account::deactivate),
        )
        .route(
            "/backend-api/accounts/data_export",
            get(account::export).post(account::export),
        )
        .route("/backend-api/payments/{*what}", any(bills::payments))
        .route("/backend-api/subscriptions", get(bills::subscription))
}

/// What an account has brought along.
fn thing_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/connectors", get(connectors::list))
        .route("/backend-api/connectors/{*what}", any(connectors::any))
        .route(
            "/backend-api/gizmo_creator_profile",
            get(things::profile)
                .post(things::change_profile)
                .patch(things::change_profile),
        )
        .route(
            "/backend-api/my/recent/uploaded_images",
            get(things::recent_images),
        )
        .route("/backend-api/files/library", get(things::library))
        .route("/backend-api/pins", get(things::pins))
}

/// What a page asks for to look as it should.
fn furniture_routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/beacons/home", get(furniture::beacons))
        .route("/backend-api/images/styles", get(furniture::styles))
        .route("/backend-api/model_icons", get(furniture::icons))
        .route("/backend-api/edge", get(furniture::edge))
        .route("/backend-api/lat/r", post(furniture::report))
        .route(
            "/public-api/conversation_limit",
            get(furniture::conversation_limit),
        )
}
