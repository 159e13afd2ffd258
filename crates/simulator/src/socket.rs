//! The socket on which upstream tells an account of its conversations: an address for it is handed
//! out to the account, and opens it for a while without saying who asks.

mod connection;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

use crate::links::OwnAddress;
use crate::reply::Reply;
use crate::signatures::{self, Signed};
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

use connection::Connection;

type App = Shared<Arc<State>>;

/// How long an address opens the socket, in seconds.
const LIFETIME: u64 = 3600;

/// Commands larger than this end the connection.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// The routes.
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/celsius/ws/user", get(hand_out))
        .route("/p24/ws/user/{id}", get(open))
}

/// `GET /backend-api/celsius/ws/user`
async fn hand_out(Shared(state): App, caller: Caller, OwnAddress(address): OwnAddress) -> Reply {
    let origin = state.options.socket_origin.clone();
    let origin = origin.unwrap_or_else(|| address.replacen("http", "ws", 1));
    let user_id = &caller.account.user_id;
    let expires = since_epoch(state.now()).as_secs() + LIFETIME;
    let verify = signatures::sign(
        Signed::Socket,
        &format!("{expires}~{user_id}~{}", caller.account.id),
    );
    let url = format!("{origin}/p24/ws/user/{user_id}?verify={verify}");
    Reply::ok(&json!({"websocket_url": url}))
}

/// `GET /p24/ws/user/{id}`, the socket itself.
async fn open(
    Shared(state): App,
    Path(user_id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Reply> {
    let verify = query.get("verify").map_or("", String::as_str);
    let now = since_epoch(state.now()).as_secs();
    let account_id = account_of(verify, &user_id, now)
        .ok_or_else(|| Reply::detail(StatusCode::UNAUTHORIZED, "Unauthorized"))?
        .to_owned();
    let upgrade =
        upgrade.map_err(|_| Reply::detail(StatusCode::UPGRADE_REQUIRED, "Upgrade Required"))?;
    let connection = Connection::new(state, account_id);
    let upgrade = upgrade.max_message_size(LARGEST_MESSAGE);
    Ok(upgrade.on_upgrade(|socket| connection.run(socket)))
}

/// The account an address was handed out to, if it is that user's and still good.
fn account_of<'a>(verify: &'a str, user_id: &str, now: u64) -> Option<&'a str> {
    let mut parts = signatures::verified(Signed::Socket, verify)?.split('~');
    let expires: u64 = parts.next()?.parse().ok()?;
    let is_users = parts.next()? == user_id;
    parts.next().filter(|_| is_users && expires > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_good_for_its_user_and_its_time() {
        let verify = signatures::sign(Signed::Socket, "100~user-a~account");
        assert_eq!(account_of(&verify, "user-a", 99), Some("account"));
        assert_eq!(account_of(&verify, "user-a", 100), None);
        assert_eq!(account_of(&verify, "user-b", 99), None);
        assert_eq!(account_of("100~user-a~account", "user-a", 99), None);
        assert_eq!(account_of("", "user-a", 99), None);
    }
}
