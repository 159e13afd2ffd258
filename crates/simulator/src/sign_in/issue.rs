//! Gives out what an exchange is for: an access token, an id token and a refresh token, in the form
//! that each program is answered in.

use serde_json::{Value, json};

use super::clients::Client;
use super::id_token;
use super::refresh_tokens::RefreshToken;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::{self, Origin};

/// What a refresh asks for anew.
pub(super) const SCOPE: &str = "openid profile email offline_access";

/// What is exchanged.
pub(super) enum Exchanged<'a> {
    /// A code, with the scope that was asked for.
    Code(&'a str),
    /// A refresh token.
    RefreshToken,
}

/// The reply with tokens for `token`, which is the newest refresh token of its family.
pub(super) fn reply(state: &State, token: &RefreshToken, exchanged: &Exchanged<'_>) -> Reply {
    let client = token.kind.client();
    let now = state.now();
    let origin = Origin {
        client_id: client.id(),
        session: &token.family,
        serial: &state.fresh_id("access token"),
    };
    let mut body = json!({
        "access_token": tokens::mint_from(&token.holder, &origin, now),
        "id_token": id_token::mint(&token.holder, client, now),
    });
    if gives_refresh_token(token, exchanged) {
        body["refresh_token"] = json!(token.text);
    }
    let lifetime = token.holder.lifetime.as_secs();
    match (client, exchanged) {
        (Client::Mobile, _) => {
            body["expires_in"] = json!(lifetime);
            body["scope"] = json!(scope(exchanged));
            body["token_type"] = json!("bearer");
        }
        (Client::Codex, Exchanged::Code(_)) => {
            body["expires_in"] = json!(lifetime);
            body["token_type"] = json!("Bearer");
        }
        (Client::Codex, Exchanged::RefreshToken) => {}
    }
    answer(&body)
}

/// Only a sign-in that asks for `offline_access` gives a refresh token, and only one that rotates is
/// given again.
fn gives_refresh_token(token: &RefreshToken, exchanged: &Exchanged<'_>) -> bool {
    match exchanged {
        Exchanged::Code(scope) => scope.split(' ').any(|word| word == "offline_access"),
        Exchanged::RefreshToken => token.kind.rotates(),
    }
}

fn scope<'a>(exchanged: &Exchanged<'a>) -> &'a str {
    match exchanged {
        Exchanged::Code(scope) => scope,
        Exchanged::RefreshToken => SCOPE,
    }
}

fn answer(body: &Value) -> Reply {
    Reply::ok(body).with("cache-control", "no-store")
}
