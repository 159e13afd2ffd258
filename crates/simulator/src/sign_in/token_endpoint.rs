//! `POST /oauth/token` and `POST /oauth/revoke`: what is asked for, and by which program.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::json;

use super::clients::Client;
use super::issue::{self, Exchanged};
use super::parameters::Parameters;
use super::refresh;
use super::refresh_tokens::RefreshToken;
use super::replies;
use crate::reply::Reply;
use crate::simulator::State;

/// `POST /oauth/token`
pub(super) async fn token(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Response {
    let Some(client) = Client::with_id(parameters.text("client_id")) else {
        return replies::invalid_client().into_response();
    };
    match parameters.text("grant_type") {
        "refresh_token" => refresh::refresh(&state, &headers, client, &parameters).await,
        "authorization_code" => by_code(&state, client, &parameters).into_response(),
        _ => replies::unsupported_grant_type().into_response(),
    }
}

/// `grant_type=authorization_code`
fn by_code(state: &State, client: Client, parameters: &Parameters) -> Reply {
    let mut memory = state.sign_in.memory();
    let Some(grant) = memory.codes.spend(parameters.text("code"), state.now()) else {
        return replies::invalid_grant("Invalid authorization code");
    };
    let redirect = parameters.text("redirect_uri");
    let verifier = parameters.text("code_verifier");
    if let Some(objection) = grant.objection(client, redirect, verifier) {
        return replies::invalid_grant(objection);
    }
    let serial = state.fresh_id("sign-in");
    let token = RefreshToken::first(grant.kind, grant.holder, &serial);
    memory.keep_holder(&token);
    memory.log.sign_in(&token);
    drop(memory);
    issue::reply(state, &token, &Exchanged::Code(&grant.scope))
}

/// `POST /oauth/revoke`: ends the sign-in of a refresh token. A token that nobody knows is as good
/// as revoked.
pub(super) async fn revoke(Shared(state): Shared<Arc<State>>, parameters: Parameters) -> Reply {
    let Some(client) = Client::with_id(parameters.text("client_id")) else {
        return replies::invalid_client();
    };
    let token = state.read_refresh_token(parameters.text("token"), state.now());
    if let Some(token) = token.filter(|token| token.kind.client() == client) {
        let mut memory = state.sign_in.memory();
        memory.families.revoke(&token);
        memory.log.revoked(&token);
    }
    Reply::ok(&json!({}))
}
