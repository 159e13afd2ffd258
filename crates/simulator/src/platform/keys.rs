//! API keys: minted, and recognised again by any simulator. A key carries what a token does, so that
//! each can have its own faults and limits; it is worth nothing anywhere else.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::reply::Reply;
use crate::responses::{errors, faults};
use crate::signatures::{self, Signed};
use crate::simulator::State;
use crate::token_spec::Holder;
use crate::tokens::Caller;

const PREFIX: &str = "sk-proj-";

/// How long a signature is.
const SIGNATURE: usize = 43;

/// Whoever holds a key.
pub(crate) struct Key(pub(crate) Caller);

impl FromRequestParts<Arc<State>> for Key {
    type Rejection = Reply;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Reply> {
        caller(&parts.headers, state).map(Self)
    }
}

/// The key of a holder.
pub(crate) fn mint(holder: &Holder) -> String {
    let claim = signatures::encoded(&holder.claim());
    let signature = signatures::signature(Signed::PlatformKey, &claim);
    format!("{PREFIX}{claim}{signature}")
}

/// Whom a request's key is of.
fn caller(headers: &HeaderMap, state: &State) -> Result<Caller, Reply> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let key = header.and_then(|header| header.strip_prefix("Bearer "));
    let key = key.ok_or_else(no_key)?;
    let claim = read(key).ok_or_else(|| faults::unknown_key(&masked(key)))?;
    let holder = Holder::read(&claim, state.now());
    let holder = holder.ok_or_else(|| faults::unknown_key(&masked(key)))?;
    let account = holder.account();
    Ok(Caller {
        accounts: vec![account.clone()],
        account,
        fault: holder.fault,
        limits: holder.limits,
    })
}

/// The claim of a key that a simulator made.
fn read(key: &str) -> Option<Value> {
    let signed = key.strip_prefix(PREFIX)?;
    let at = signed.len().checked_sub(SIGNATURE)?;
    let (claim, signature) = (signed.get(..at)?, signed.get(at..)?);
    let is_good = signature == signatures::signature(Signed::PlatformKey, claim);
    is_good.then(|| signatures::decoded(claim)).flatten()
}

/// A key as an error shows it.
fn masked(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    if characters.len() < 12 {
        return "*".repeat(characters.len());
    }
    let first: String = characters[..7].iter().collect();
    let last: String = characters[characters.len() - 4..].iter().collect();
    format!("{first}************{last}")
}

fn no_key() -> Reply {
    let body = errors::body(
        "invalid_request_error",
        None,
        None,
        "You didn't provide an API key. You need to provide your API key in an Authorization header \
         using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    );
    Reply::json(StatusCode::UNAUTHORIZED, &body)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::token_spec::TokenSpec;

    #[test]
    fn a_key_is_known_again_and_no_other() {
        let holder = Holder::of(&TokenSpec::new("alice"), UNIX_EPOCH);
        let key = mint(&holder);
        assert_eq!(Holder::read(&read(&key).unwrap(), UNIX_EPOCH), Some(holder));
        for other in [
            "sk-proj-",
            "sk-x",
            &key[..key.len() - 1],
            &format!("{key}x"),
        ] {
            assert!(read(other).is_none(), "{other}");
        }
        assert!(!masked(&key).contains(&key[8..20]));
    }
}
