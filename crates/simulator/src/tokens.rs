//! Access tokens: minted, and recognised again by any simulator. Their shape is upstream's, their
//! signature is a digest over a fixed key, and so they are worth nothing anywhere else.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::{Value, json};

use crate::faults;
use crate::ids;
use crate::limits::Limits;
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;

/// Not a secret: it only tells a simulator's tokens from others.
const KEY: &str = "simulator access token key";
const AUTH_CLAIM: &str = "https://api.openai.com/auth";
const PROFILE_CLAIM: &str = "https://api.openai.com/profile";

/// What an access token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSpec {
    /// The account's name; its id, user and address derive from it.
    pub name: String,
    /// The plan, `plus` for example.
    pub plan: String,
    /// How long the token is good for, from now.
    pub lifetime: Duration,
    /// A fault every conversation call with this token runs into.
    pub fault: Option<String>,
    /// What the account has used up, and for how many seconds from now.
    pub limits: Vec<(String, u64)>,
}

impl TokenSpec {
    /// A token of a Plus account, good for ten days, without fault or limit.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            plan: "plus".to_owned(),
            lifetime: Duration::from_hours(10 * 24),
            fault: None,
            limits: Vec::new(),
        }
    }

    /// The same token of an account that has used up a model, named by its slug, or a feature
    /// such as `image_gen` or `file_upload`, and may use it again in so many seconds.
    #[must_use]
    pub fn with_limit(mut self, name: impl Into<String>, clears_in: u64) -> Self {
        self.limits.push((name.into(), clears_in));
        self
    }
}

/// An account as its name makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) plan: String,
}

impl Account {
    /// The account of that name; the same name is the same account in every simulator.
    pub(crate) fn named(name: &str, plan: &str) -> Self {
        let local: String = name
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character.to_ascii_lowercase()
                } else {
                    '.'
                }
            })
            .collect();
        Self {
            name: name.to_owned(),
            id: ids::uuid(&["account", name]),
            user_id: format!("user-{}", ids::hex(&["user", name], 24)),
            email: format!("{local}@simulator.example"),
            plan: plan.to_owned(),
        }
    }
}

/// Who sent a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: Account,
    /// The fault the token carries.
    pub(crate) fault: Option<String>,
    /// What the account has used up.
    pub(crate) limits: Limits,
}

impl FromRequestParts<Arc<State>> for Caller {
    type Rejection = Reply;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Reply> {
        authenticate(&parts.headers, state.now())
    }
}

/// A signed token.
pub(crate) fn mint(spec: &TokenSpec, now: SystemTime) -> String {
    let account = Account::named(&spec.name, &spec.plan);
    let issued = since_epoch(now).as_secs();
    let header = json!({"alg": "RS256", "kid": "simulator", "typ": "JWT"});
    let mut claims = json!({
        "aud": ["https://api.openai.com/v1"],
        "iss": "https://auth.openai.com",
        "client_id": "app_simulator",
        "iat": issued,
        "nbf": issued,
        "exp": issued + spec.lifetime.as_secs(),
        "jti": ids::uuid(&["jti", &spec.name, &issued.to_string()]),
        "sub": format!("auth0|{}", ids::hex(&["sub", &spec.name], 24)),
        "session_id": format!("authsess_{}", ids::hex(&["session", &spec.name], 24)),
        "scp": ["openid", "email", "profile", "offline_access", "model.request", "model.read",
                "organization.read"],
        "name": account.name,
    });
    claims[AUTH_CLAIM] = json!({
        "chatgpt_account_id": account.id,
        "chatgpt_plan_type": account.plan,
        "chatgpt_user_id": account.user_id,
        "chatgpt_compute_residency": "no_constraint",
        "user_id": account.user_id,
    });
    claims[PROFILE_CLAIM] = json!({"email": account.email, "email_verified": true});
    if let Some(fault) = &spec.fault {
        claims["fault"] = json!(fault);
    }
    if !spec.limits.is_empty() {
        claims["limits"] = Limits::from_now(&spec.limits, issued).claim();
    }
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = signature_of(&signed);
    format!("{signed}.{signature}")
}

/// The caller a request's headers name, or the reply to one who is not let in.
pub(crate) fn authenticate(headers: &HeaderMap, now: SystemTime) -> Result<Caller, Reply> {
    let value = headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Reply::detail(http::StatusCode::UNAUTHORIZED, "Unauthorized"))?;
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let claims = read(token).ok_or_else(faults::http::invalid_jwt)?;
    if claims["exp"].as_u64().unwrap_or_default() <= since_epoch(now).as_secs() {
        return Err(faults::http::token_expired());
    }
    let caller = Caller {
        account: Account::named(
            claims["name"].as_str().unwrap_or_default(),
            claims[AUTH_CLAIM]["chatgpt_plan_type"]
                .as_str()
                .unwrap_or("free"),
        ),
        fault: claims["fault"].as_str().map(str::to_owned),
        limits: Limits::read(&claims["limits"], since_epoch(now).as_secs()),
    };
    match headers.get("chatgpt-account-id") {
        Some(id) if id.as_bytes() != caller.account.id.as_bytes() => Err(Reply::detail(
            http::StatusCode::FORBIDDEN,
            json!({
                "code": "account_not_found",
                "message": "You do not have access to this account.",
            }),
        )),
        _ => Ok(caller),
    }
}

/// The claims of a token made by a simulator.
fn read(token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    if signature != signature_of(signed) {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    serde_json::from_slice(&claims).ok()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signature_of(signed: &str) -> String {
    URL_SAFE_NO_PAD.encode(ids::digest(&[KEY, signed]))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn headers(token: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        headers
    }

    #[test]
    fn a_token_is_recognised_until_it_expires() {
        let spec = TokenSpec {
            fault: Some("drop".to_owned()),
            ..TokenSpec::new("Team A")
        };
        let token = mint(&spec, UNIX_EPOCH);
        assert!(token.starts_with("eyJhbGciOi"));
        let caller = authenticate(&headers(&token), UNIX_EPOCH).unwrap();
        assert_eq!(caller.account, Account::named("Team A", "plus"));
        assert_eq!(caller.account.email, "team.a@simulator.example");
        assert_eq!(caller.fault.as_deref(), Some("drop"));
        let late = UNIX_EPOCH + spec.lifetime;
        let refused = authenticate(&headers(&token), late).unwrap_err();
        assert!(format!("{refused:?}").contains("token_expired"));
    }

    #[test]
    fn other_tokens_are_not() {
        let token = mint(&TokenSpec::new("a"), UNIX_EPOCH);
        for other in ["", "x.y.z", &token[1..], &format!("{token}A")] {
            let refused = authenticate(&headers(other), UNIX_EPOCH).unwrap_err();
            assert!(format!("{refused:?}").contains("invalid_jwt"), "{other}");
        }
        assert!(authenticate(&HeaderMap::new(), UNIX_EPOCH).is_err());
    }
}
