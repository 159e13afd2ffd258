//! The sign-in service, auth.openai.com: where accounts sign in, and where refresh tokens are
//! exchanged for access tokens. This file holds what it remembers and its routes; each thing it
//! does has its own file. The router merges the routes.

mod accounts;
mod authorize;
mod clients;
mod codes;
mod device_flow;
mod devices;
mod families;
pub(crate) mod faults;
mod id_token;
mod issue;
mod log;
mod pages;
mod parameters;
mod refresh;
mod refresh_tokens;
mod replies;
mod token_endpoint;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::extract::State as Shared;
use axum::routing::{get, post};

use crate::reply::Reply;
use crate::simulator::State;
use crate::token_spec::Holder;

use codes::Codes;
use devices::Devices;
use families::Families;
use refresh_tokens::RefreshToken;

pub use log::{Exchange, ExchangeOutcome, SignInLog, SignedInAccount};
pub use refresh_tokens::RefreshFamily;

/// What the sign-in service remembers.
#[derive(Default)]
pub(crate) struct SignIn(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    families: Families,
    codes: Codes,
    devices: Devices,
    /// Whom tokens are for that are too short to say it.
    lasting: HashMap<String, Holder>,
    log: SignInLog,
}

impl SignIn {
    /// The first refresh token of a family that goes by the account's name.
    pub(crate) fn mint(&self, kind: RefreshFamily, holder: Holder) -> String {
        let token = RefreshToken::first(kind, holder, "");
        self.memory().keep_holder(&token);
        token.text
    }

    /// What has been exchanged so far.
    pub(crate) fn log(&self) -> SignInLog {
        self.memory().log.clone()
    }

    /// Whether the sign-in that an access token belongs to is over.
    pub(crate) fn has_revoked(&self, session: &str) -> bool {
        self.memory().families.is_revoked(session)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Remembers whom a token is for, if that is too much for the token to say.
    fn keep_holder(&mut self, token: &RefreshToken) {
        if !token.kind.rotates() {
            let holder = token.holder.clone();
            self.lasting.insert(token.text.clone(), holder);
        }
    }
}

impl State {
    /// A refresh token that some simulator made.
    fn read_refresh_token(&self, text: &str, now: SystemTime) -> Option<RefreshToken> {
        let known = |text: &str| self.sign_in.memory().lasting.get(text).cloned();
        RefreshToken::read(text, now, |name| {
            known(text).unwrap_or_else(|| accounts::holder(self, name))
        })
    }
}

/// Everything the sign-in service answers. Its hosts have no path in common with chatgpt.com, and
/// so one simulator can be both.
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/oauth/token", post(token_endpoint::token))
        .route("/oauth/revoke", post(token_endpoint::revoke))
        .route(
            "/oauth/authorize",
            get(authorize::show).post(authorize::choose),
        )
        .route(
            "/api/accounts/deviceauth/usercode",
            post(device_flow::user_code),
        )
        .route("/api/accounts/deviceauth/token", post(device_flow::poll))
        .route(
            "/codex/device",
            get(device_flow::show).post(device_flow::choose),
        )
        .route("/simulator/sign-in", get(show_log))
}

/// Not upstream's: what has been exchanged, for tests of other programs.
async fn show_log(Shared(state): Shared<Arc<State>>) -> Reply {
    Reply::ok(&state.sign_in.log().summary())
}
