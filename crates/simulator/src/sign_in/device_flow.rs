//! The device flow of the Codex command line: a device shows a code, a person enters it on a page,
//! and the device, which asks now and then, gets an authorization code.

use std::sync::Arc;

use axum::extract::State as Shared;
use http::StatusCode;
use serde_json::json;

use super::accounts;
use super::authorize::give_code;
use super::clients::Client;
use super::codes::{self, Grant, Redirect};
use super::devices::Decision;
use super::issue;
use super::pages::{self, Choice};
use super::parameters::Parameters;
use super::refresh_tokens::RefreshFamily;
use super::replies;
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;
use crate::token_spec::Holder;

/// Letters that are not mistaken for one another.
const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

type App = Shared<Arc<State>>;

/// `POST /api/accounts/deviceauth/usercode`
pub(super) async fn user_code(Shared(state): App, parameters: Parameters) -> Result<Reply, Reply> {
    enabled(&state)?;
    if Client::with_id(parameters.text("client_id")) != Some(Client::Codex) {
        return Err(replies::invalid_client());
    }
    let id = format!("deviceauth_{}", ids::hex(&[&state.fresh_id("device")], 32));
    let user_code = user_code_of(&id);
    let now = state.now();
    let mut memory = state.sign_in.memory();
    memory.devices.wait(id.clone(), user_code.clone(), now);
    Ok(Reply::ok(&json!({
        "device_auth_id": id,
        "user_code": user_code,
        "interval": "5",
    })))
}

/// `POST /api/accounts/deviceauth/token`. The protocol does not say what a device hears whose person
/// refused, or whose time is over; it is what it hears while it waits and when it is not known.
pub(super) async fn poll(Shared(state): App, parameters: Parameters) -> Result<Reply, Reply> {
    enabled(&state)?;
    let (id, user_code) = (
        parameters.text("device_auth_id"),
        parameters.text("user_code"),
    );
    let polled = state
        .sign_in
        .memory()
        .devices
        .poll(id, user_code, state.now());
    match polled {
        Some(Decision::Approved(holder)) => Ok(approved(&state, holder)),
        Some(Decision::Pending) => Err(replies::coded(
            StatusCode::FORBIDDEN,
            "authorization_pending",
            "The code has not been entered yet.",
        )),
        Some(Decision::Denied) => Err(replies::coded(
            StatusCode::FORBIDDEN,
            "access_denied",
            "The user denied the request.",
        )),
        None => Err(replies::coded(
            StatusCode::NOT_FOUND,
            "expired_token",
            "There is no such device, or its time is over.",
        )),
    }
}

/// `GET /codex/device`
pub(super) async fn show(Shared(state): App) -> Result<Reply, Reply> {
    enabled(&state)?;
    Ok(pages::enter_code(StatusCode::OK, "Enter the code."))
}

/// `POST /codex/device`
pub(super) async fn choose(Shared(state): App, form: Parameters) -> Result<Reply, Reply> {
    enabled(&state)?;
    let decision = match Choice::read(&form) {
        Choice::Account(name) => Decision::Approved(accounts::holder(&state, &name)),
        Choice::Cancel => Decision::Denied,
        Choice::None => {
            return Err(pages::enter_code(
                StatusCode::BAD_REQUEST,
                "Choose an account.",
            ));
        }
    };
    let now = state.now();
    let mut memory = state.sign_in.memory();
    if memory.devices.decide(form.text("user_code"), decision, now) {
        return Ok(pages::message(
            StatusCode::OK,
            "Done. This window may be closed.",
        ));
    }
    Err(pages::enter_code(
        StatusCode::BAD_REQUEST,
        "No device waits with this code.",
    ))
}

fn enabled(state: &State) -> Result<(), Reply> {
    if state.options.sign_in.device_flow {
        Ok(())
    } else {
        Err(Reply::not_found())
    }
}

/// What a device gets for the exchange, with the verifier: it made none itself.
fn approved(state: &State, holder: Holder) -> Reply {
    let verifier = ids::hex(&[&state.fresh_id("verifier")], 64);
    let challenge = codes::challenge(&verifier);
    let grant = Grant {
        client: Client::Codex,
        kind: RefreshFamily::Codex,
        redirect: Redirect::Device,
        challenge: challenge.clone(),
        scope: issue::SCOPE.to_owned(),
        holder,
    };
    Reply::ok(&json!({
        "authorization_code": give_code(state, grant),
        "code_verifier": verifier,
        "code_challenge": challenge,
    }))
}

/// `ABCD-EFGHI`
fn user_code_of(id: &str) -> String {
    let digest = ids::digest(&["user code", id]);
    let mut letters = digest
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    let first: String = letters.by_ref().take(4).collect();
    let second: String = letters.take(5).collect();
    format!("{first}-{second}")
}
