//! `/seedtoken`, as Chat-Share and other programs know it: seeds for whoever has a gateway key.
//!
//! Shows accounts' names in place of tokens. A token itself is shown to an admin only, and only
//! with `EXPOSE_SEED_TOKENS`. Members and replies are those of the older programs.

use std::sync::Arc;

use accounts::{Caller, Door, Mode, Seeds, Source, Verdict};
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::records::AccountId;
use web::{ApiError, ErrorClass, caller_auth};

use crate::Admin;
use crate::body::{self, Asked, SMALL, invalid, not_found, stored};
use crate::guard::{self, Operator};
use crate::seeds::refused;

/// Whoever may manage seeds.
#[derive(Debug)]
pub(crate) enum Steward {
    /// An admin.
    Admin(Operator),
    /// Somebody with a key of `AUTHORIZATION`: a managed one is for asking, not for sharing
    /// accounts.
    Key,
}

/// What an import calls an API key.
const API_KEY: &str = "api_key";

/// Who did it, in the audit.
const KEY: &str = "gateway key";

impl FromRequestParts<Arc<Admin>> for Steward {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        let shows = |name: &str| headers.contains_key(name);
        let has_key = shows(header::AUTHORIZATION.as_str()) || shows("x-authorization");
        let has_session = guard::session_token(admin, headers).is_some();
        if guard::basic(headers).is_some() || (has_session && !has_key) {
            let operator = Operator::from_request_parts(parts, admin).await?;
            return Ok(Self::Admin(operator));
        }
        let who = caller_auth::authenticate(headers, &admin.parts.callers, Door::Closed).await?;
        if matches!(who.caller, Caller::GatewayKey(_)) && who.caller.key_id().is_none() {
            return Ok(Self::Key);
        }
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            ErrorClass::Authentication,
            "key_required",
            "seeds are managed with a key of AUTHORIZATION",
        ))
    }
}

impl Steward {
    async fn did(&self, admin: &Admin, action: &str, subject: String) {
        match self {
            Self::Admin(operator) => operator.did(admin, action, Some(subject), None).await,
            Self::Key => guard::audit(admin, KEY, action, Some(subject), None).await,
        }
    }

    /// What stands for an account where a token stood; the token itself, if the operator wants
    /// that.
    fn stand_in(&self, admin: &Admin, account: AccountId) -> Value {
        let exposes = admin.parts.settings.exposes_seed_tokens;
        if exposes && matches!(self, Self::Admin(_)) {
            let token = admin.parts.pool.exposed_token(account);
            return token.map_or(Value::Null, |it| it.expose_secret().into());
        }
        let account = admin.parts.pool.account(account);
        account.map_or(Value::Null, |it| it.label.into())
    }
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    seed: Option<SecretString>,
}

/// All seeds, or one, each with what stands for its token.
pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    steward: Steward,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, ApiError> {
    let seeds = &admin.parts.seeds;
    let word = wanted.seed.filter(|it| !it.expose_secret().is_empty());
    let data = if let Some(word) = word {
        let seed = seeds.get(&word).await.map_err(stored)?;
        let seed = seed.ok_or_else(|| not_found("there is no such seed"))?;
        let token = steward.stand_in(&admin, seed.account);
        json!({"seed": word.expose_secret(), "token": token})
    } else {
        let all = seeds.list().await.map_err(stored)?;
        let map = all.iter().map(|it| {
            let word = it.name.expose_secret().to_owned();
            (word, steward.stand_in(&admin, it.account))
        });
        Value::Object(map.collect::<Map<_, _>>())
    };
    Ok(Json(json!({"status": "success", "data": data})))
}

#[derive(Deserialize)]
pub(crate) struct Bind {
    seed: Option<SecretString>,
    /// A token whose account the seed is bound to; the pool chooses without one.
    #[serde(alias = "oai-flow-token")]
    token: Option<SecretString>,
}

impl Bind {
    fn seed(&self) -> Result<&SecretString, ApiError> {
        let seed = self
            .seed
            .as_ref()
            .filter(|it| !it.expose_secret().is_empty());
        seed.ok_or_else(|| {
            invalid("missing_field", "Missing required field: seed").with_param("seed")
        })
    }
}

pub(crate) async fn bind(
    State(admin): State<Arc<Admin>>,
    steward: Steward,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let asked: Bind = body::read(&headers, body, SMALL).await?;
    let seed = asked.seed()?;
    let token = asked
        .token
        .as_ref()
        .filter(|it| !it.expose_secret().is_empty());
    // Before anything is taken in for it.
    Seeds::check(seed).map_err(refused)?;
    let account = match token {
        Some(token) => Some(taken_in(&admin, &steward, token).await?),
        None => None,
    };
    let bound = admin.parts.seeds.bind(seed, account, admin.now()).await;
    let bound = bound.map_err(refused)?;
    steward.did(&admin, "bind_seed", bound.id).await;
    Ok(done("Token updated successfully"))
}

pub(crate) async fn remove(
    State(admin): State<Arc<Admin>>,
    steward: Steward,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let asked: Bind = body::read(&headers, body, SMALL).await?;
    let word = asked.seed()?;
    if word.expose_secret() == "clear" {
        let cleared = admin.parts.database.clear_seeds(admin.now()).await;
        let cleared = cleared.map_err(stored)?;
        steward.did(&admin, "clear_seeds", cleared.id).await;
        return Ok(done("All seeds deleted successfully"));
    }
    let seeds = &admin.parts.seeds;
    let seed = seeds.get(word).await.map_err(stored)?;
    let seed = seed.ok_or_else(|| not_found("there is no such seed"))?;
    seeds.remove(word).await.map_err(stored)?;
    steward.did(&admin, "remove_seed", seed.id).await;
    Ok(done("Seed deleted successfully"))
}

fn done(message: &str) -> Json<Value> {
    Json(json!({"status": "success", "message": message}))
}

/// Takes one account in, after a trial of what it is.
async fn taken_in(
    admin: &Admin,
    steward: &Steward,
    token: &SecretString,
) -> Result<AccountId, ApiError> {
    let wrong = |message: String| invalid("invalid_value", message).with_param("token");
    let import = async |mode| {
        let verdicts = admin.parts.pool.import(token, Source::Admin, mode).await;
        let mut verdicts = verdicts.map_err(stored)?;
        match (verdicts.pop(), verdicts.is_empty()) {
            (None, _) => Err(wrong("the token is empty".to_owned())),
            (Some(_), false) => Err(wrong("it is more than one token".to_owned())),
            (Some(Verdict { kind, result, .. }), true) => {
                let account = result.map_err(|reason| wrong(reason.to_string()))?;
                Ok((kind, account.id))
            }
        }
    };
    let (kind, _) = import(Mode::Trial).await?;
    // Its server would be asked what others say.
    if kind == API_KEY && matches!(steward, Steward::Key) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            ErrorClass::Authentication,
            "admin_required",
            "an API key names a server, and is added by an admin only",
        )
        .with_param("token"));
    }
    let (_, id) = import(Mode::Write).await?;
    steward.did(admin, "import_accounts", id.to_string()).await;
    Ok(id)
}
