//! The exchange of a refresh token: which faults come before it, what it spends, and how the answer
//! gets lost if it is to.

use std::future;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::clients::Client;
use super::faults::{self, Place};
use super::issue::{self, Exchanged};
use super::log::UnderWay;
use super::parameters::Parameters;
use super::refresh_tokens::RefreshToken;
use super::replies;
use crate::conversation;
use crate::faults::Kind;
use crate::options::Pace;
use crate::reply::Reply;
use crate::simulator::State;

/// How many pieces of an answer could be sent while a slow exchange takes its time.
const SLOW_PIECES: u32 = 12;

/// `grant_type=refresh_token`
pub(super) async fn refresh(
    state: &State,
    headers: &HeaderMap,
    client: Client,
    parameters: &Parameters,
) -> Response {
    let token = match token_of(state, client, parameters) {
        Ok(token) => token,
        Err(refusal) => return refusal.into_response(),
    };
    let mut under_way = UnderWay::begin(&state.sign_in, &token);
    let fault = |place| {
        let carried = token.holder.fault.as_deref();
        faults::acting(state, place, &token.family, headers, carried)
    };
    if let Some(name) = fault(Place::Exchange) {
        under_way.failed();
        return faults::instead_of_exchange(name).into_response();
    }
    let reply = match spend(state, &token, &mut under_way) {
        Ok(reply) => reply,
        Err(refusal) => {
            under_way.answered();
            return refusal.into_response();
        }
    };
    match fault(Place::Answer) {
        Some("refresh-hang") => future::pending::<()>().await,
        Some("refresh-cut") => return conversation::fail(state, Kind::Silence, "reset").await,
        Some(_) => tokio::time::sleep(slowness(state.options.pace)).await,
        None => {}
    }
    under_way.answered();
    reply.into_response()
}

/// The refresh token of a request that is in order.
fn token_of(state: &State, client: Client, parameters: &Parameters) -> Result<RefreshToken, Reply> {
    // Only the app for phones has to say again where its sign-in ended. Either of its addresses
    // will do, whichever host is asked: programs in use mix them.
    let redirect = parameters.text("redirect_uri");
    if client == Client::Mobile && client.family_at(redirect).is_none() {
        return Err(replies::invalid_request(
            "The redirect_uri is missing or not registered.",
        ));
    }
    let token = state.read_refresh_token(parameters.text("refresh_token"), state.now());
    token
        .filter(|token| token.kind.client() == client)
        .ok_or_else(replies::unknown_refresh_token)
}

/// Spends a token, and makes the reply that says so.
fn spend(
    state: &State,
    token: &RefreshToken,
    under_way: &mut UnderWay<'_>,
) -> Result<Reply, Reply> {
    let overlap = state.options.sign_in.overlap;
    let mut memory = state.sign_in.memory();
    let spent = match memory.families.spend(token, state.now(), overlap) {
        Ok(spent) => spent,
        Err(refusal) => {
            under_way.refused(&mut memory.log, refusal);
            memory.log.revoked(token);
            return Err(replies::refused(token.kind.client(), refusal));
        }
    };
    let newest = if token.kind.rotates() {
        token.successor(spent.successor)
    } else {
        token.clone()
    };
    under_way.refreshed(&mut memory.log, spent, &newest);
    drop(memory);
    let exchanged = Exchanged::RefreshToken;
    Ok(issue::reply(state, &newest, &exchanged))
}

/// How long a slow exchange takes.
fn slowness(pace: Pace) -> Duration {
    let piece = match pace {
        Pace::Every(period) => period,
        Pace::Instant | Pace::Reading => Duration::from_millis(25),
    };
    piece * SLOW_PIECES
}
