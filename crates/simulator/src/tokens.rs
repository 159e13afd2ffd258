//! Access tokens: minted, and recognised again by any simulator. Their shape is upstream's, and
//! they are worth nothing anywhere else. Refresh tokens are the sign-in's.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::account::Account;
use crate::anonymous;
use crate::faults;
use crate::ids;
use crate::limits::Limits;
use crate::reply::Reply;
use crate::sign_in;
use crate::signatures::{self, Signed};
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::token_spec::{Holder, TokenSpec};

pub(crate) const AUTH_CLAIM: &str = "https://api.openai.com/auth";
const PROFILE_CLAIM: &str = "https://api.openai.com/profile";
/// What only a simulator reads.
const OWN_CLAIM: &str = "simulator";

/// How tokens of a relay begin, which are whatever the relay wants them to be.
const RELAY_TOKEN: &str = "fk-";

/// Who sent a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account the request is for, which may be a workspace.
    pub(crate) account: Account,
    /// All it could be for, the token's own first.
    pub(crate) accounts: Vec<Account>,
    /// The fault the token carries.
    pub(crate) fault: Option<String>,
    /// What the account has used up.
    pub(crate) limits: Limits,
}

impl FromRequestParts<Arc<State>> for Caller {
    type Rejection = Reply;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Reply> {
        if parts.uri.path().starts_with(anonymous::PATHS) {
            return anonymous::caller(&parts.headers, state);
        }
        authenticate(&parts.headers, state)
    }
}

/// Where an access token comes from.
pub(crate) struct Origin<'a> {
    pub(crate) client_id: &'a str,
    /// The sign-in it belongs to, as its `session_id` has it.
    pub(crate) session: &'a str,
    /// What makes it differ from other tokens of the same second.
    pub(crate) serial: &'a str,
}

/// A token that no sign-in gave.
pub(crate) fn mint(holder: &Holder, now: SystemTime) -> String {
    let session = ids::hex(&["session", &holder.name], 24);
    let origin = Origin {
        client_id: "app_simulator",
        session: &session,
        serial: "",
    };
    mint_from(holder, &origin, now)
}

/// A token from a sign-in.
pub(crate) fn mint_from(holder: &Holder, origin: &Origin<'_>, now: SystemTime) -> String {
    let account = holder.account();
    let issued = since_epoch(now).as_secs();
    let serial = [
        "jti",
        &holder.name,
        &issued.to_string(),
        origin.session,
        origin.serial,
    ];
    let mut claims = json!({
        "aud": ["https://api.openai.com/v1"],
        "iss": "https://auth.openai.com",
        "client_id": origin.client_id,
        "iat": issued,
        "nbf": issued,
        "exp": issued + holder.lifetime.as_secs(),
        "jti": ids::uuid(&serial),
        "sub": subject(&account),
        "session_id": format!("authsess_{}", origin.session),
        "scp": ["openid", "email", "profile", "offline_access", "model.request", "model.read",
                "organization.read"],
    });
    claims[AUTH_CLAIM] = json!({
        "chatgpt_account_id": account.id,
        "chatgpt_plan_type": account.plan,
        "chatgpt_user_id": account.user_id,
        "chatgpt_compute_residency": "no_constraint",
        "user_id": account.user_id,
    });
    claims[PROFILE_CLAIM] = json!({"email": account.email, "email_verified": true});
    claims[OWN_CLAIM] = holder.claim();
    signatures::sign_claims(Signed::Access, &claims)
}

/// An account's user, as the sign-in service calls it.
pub(crate) fn subject(account: &Account) -> String {
    format!("auth0|{}", ids::hex(&["sub", &account.name], 24))
}

/// The caller a request's headers name, or the reply to one who is not let in.
pub(crate) fn authenticate(headers: &HeaderMap, state: &State) -> Result<Caller, Reply> {
    let now = state.now();
    let token = bearer(headers)?;
    let holder = match token.strip_prefix(RELAY_TOKEN) {
        Some(name) if state.options.sign_in.relay_tokens => Holder::of(&TokenSpec::new(name), now),
        _ => {
            let claims = read(token, now)?;
            if state.sign_in.has_revoked(session(&claims)) {
                return Err(faults::http::token_invalidated());
            }
            Holder::read(&claims[OWN_CLAIM], now).ok_or_else(faults::http::invalid_jwt)?
        }
    };
    let own = holder.account();
    sign_in::faults::refuse_access(state, &own.id, headers, holder.fault.as_deref())?;
    acting_for(headers, holder)
}

/// The token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, Reply> {
    let value = headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Reply::detail(StatusCode::UNAUTHORIZED, "Unauthorized"))?;
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "));
    Ok(token.unwrap_or_default())
}

/// The claims of a token made by a simulator, as long as it is good.
fn read(token: &str, now: SystemTime) -> Result<Value, Reply> {
    let signed = signatures::verified(Signed::Access, token);
    let claims = signed
        .and_then(|signed| signatures::decoded(signed.split_once('.')?.1))
        .ok_or_else(faults::http::invalid_jwt)?;
    if claims["exp"].as_u64().unwrap_or_default() <= since_epoch(now).as_secs() {
        return Err(faults::http::token_expired());
    }
    Ok(claims)
}

/// The sign-in a token comes from.
fn session(claims: &Value) -> &str {
    let session = claims["session_id"].as_str().unwrap_or_default();
    session.strip_prefix("authsess_").unwrap_or_default()
}

/// The caller, for the account or the workspace that the headers name.
fn acting_for(headers: &HeaderMap, holder: Holder) -> Result<Caller, Reply> {
    let accounts = holder.accounts();
    let named = headers.get("chatgpt-account-id");
    let account = accounts
        .iter()
        .find(|account| named.is_none_or(|id| id.as_bytes() == account.id.as_bytes()))
        .cloned()
        .ok_or_else(|| {
            Reply::coded(
                StatusCode::FORBIDDEN,
                "account_not_found",
                "You do not have access to this account.",
            )
        })?;
    Ok(Caller {
        account,
        accounts,
        fault: holder.fault,
        limits: holder.limits,
    })
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_token_is_recognised_until_it_expires() {
        let spec = TokenSpec {
            fault: Some("drop".to_owned()),
            ..TokenSpec::new("Team A")
        };
        let holder = Holder::of(&spec, UNIX_EPOCH);
        let token = mint(&holder, UNIX_EPOCH);
        assert!(token.starts_with("eyJhbGciOi"));
        let claims = read(&token, UNIX_EPOCH).unwrap();
        let named = Holder::read(&claims[OWN_CLAIM], UNIX_EPOCH).unwrap();
        assert_eq!(named, holder);
        assert_eq!(named.account().email, "team.a@simulator.example");
        let late = UNIX_EPOCH + spec.lifetime;
        let refused = read(&token, late).unwrap_err();
        assert!(format!("{refused:?}").contains("token_expired"));
    }

    #[test]
    fn other_tokens_are_not() {
        let token = mint(&Holder::of(&TokenSpec::new("a"), UNIX_EPOCH), UNIX_EPOCH);
        for other in ["", "x.y.z", &token[1..], &format!("{token}A")] {
            let refused = read(other, UNIX_EPOCH).unwrap_err();
            assert!(format!("{refused:?}").contains("invalid_jwt"), "{other}");
        }
        assert!(bearer(&HeaderMap::new()).is_err());
    }
}
