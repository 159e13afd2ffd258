//! `/oauth/authorize`: the page where a person chooses an account, and the way back to the program
//! that sent them, with a code. The page's own address says everything; nothing is remembered.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::accounts;
use super::clients::Client;
use super::codes::{Grant, Redirect};
use super::issue;
use super::pages::{self, Choice};
use super::parameters::Parameters;
use super::refresh_tokens::RefreshFamily;
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;

/// What stands in a query as anything but itself.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How long a challenge is: a SHA-256 in base64.
const CHALLENGE_LENGTH: usize = 43;

type QueryOf = Query<HashMap<String, String>>;

/// A program's wish that a person sign in.
struct Wish {
    client: Client,
    kind: RefreshFamily,
    redirect: String,
    challenge: String,
    scope: String,
    state: String,
}

/// `GET /oauth/authorize`
pub(super) async fn show(Query(query): QueryOf) -> Result<Reply, Reply> {
    Wish::read(&Parameters::of_query(query))?;
    Ok(pages::choose_account())
}

/// `POST /oauth/authorize`
pub(super) async fn choose(
    Shared(state): Shared<Arc<State>>,
    Query(query): QueryOf,
    form: Parameters,
) -> Result<Reply, Reply> {
    let wish = Wish::read(&Parameters::of_query(query))?;
    Ok(match Choice::read(&form) {
        Choice::Account(name) => {
            let code = wish.code(&state, &name);
            wish.back(&[("code", &code)])
        }
        Choice::Cancel => wish.back(&[
            ("error", "access_denied"),
            ("error_description", "The user denied the request"),
        ]),
        Choice::None => pages::choose_account(),
    })
}

impl Wish {
    /// The wish that a query states. One that is not in order is told to the person: the protocol
    /// does not say, and a program's mistake is seen best where it cannot be taken for an answer.
    fn read(query: &Parameters) -> Result<Self, Reply> {
        let Some(client) = Client::with_id(query.text("client_id")) else {
            return Err(refuse("client_id"));
        };
        let redirect = query.text("redirect_uri");
        let kind = client
            .family_at(redirect)
            .ok_or_else(|| refuse("redirect_uri"))?;
        let challenge = query.text("code_challenge");
        for (name, is_right) in [
            ("response_type", query.text("response_type") == "code"),
            (
                "code_challenge_method",
                query.text("code_challenge_method") == "S256",
            ),
            ("code_challenge", challenge.len() == CHALLENGE_LENGTH),
            ("state", !query.text("state").is_empty()),
        ] {
            if !is_right {
                return Err(refuse(name));
            }
        }
        Ok(Self {
            client,
            kind,
            redirect: redirect.to_owned(),
            challenge: challenge.to_owned(),
            scope: match query.text("scope") {
                "" => issue::SCOPE.to_owned(),
                scope => scope.to_owned(),
            },
            state: query.text("state").to_owned(),
        })
    }

    /// A code for what the wish is about, with the account of that name.
    fn code(&self, state: &State, name: &str) -> String {
        let grant = Grant {
            client: self.client,
            kind: self.kind,
            redirect: Redirect::To(self.redirect.clone()),
            challenge: self.challenge.clone(),
            scope: self.scope.clone(),
            holder: accounts::holder(state, name),
        };
        give_code(state, grant)
    }

    /// The way back to the program.
    fn back(&self, answer: &[(&str, &str)]) -> Reply {
        let state = [("state", self.state.as_str())];
        let answer: Vec<String> = answer
            .iter()
            .chain(&state)
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)))
            .collect();
        Reply::see_other(format!("{}?{}", self.redirect, answer.join("&")))
    }
}

/// A new code for a grant.
pub(super) fn give_code(state: &State, grant: Grant) -> String {
    let code = format!("ac_{}", ids::hex(&[&state.fresh_id("code")], 64));
    let now = state.now();
    let mut memory = state.sign_in.memory();
    memory.codes.give_out(code.clone(), grant, now);
    code
}

fn refuse(parameter: &str) -> Reply {
    let message = format!("The parameter {parameter} is missing or wrong.");
    pages::message(StatusCode::BAD_REQUEST, &message)
}
