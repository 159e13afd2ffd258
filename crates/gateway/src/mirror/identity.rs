//! Who a visitor of the mirror is, for `/api/auth/session` and for what pages say: one description,
//! so that they agree. The token in it opens nothing.

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;
use rewrite::{Context, Fetched, Secret, Shown};
use serde_json::{Value, json};
use upstream::web::PassedRequest;
use web::ApiError;

use super::Mirror;
use crate::visitor::Visitor;
use crate::{answers, failure_shape, identity, passing};

/// Who somebody is changes seldom.
const PERSON_SECONDS: u64 = 600;

/// How long a session is said to last.
const SESSION_SECONDS: i64 = 30 * 24 * 3600;

/// What everybody is called who shares an account.
const NAME: &str = "FlowGPT";

/// Somebody, as pages see them.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) shown: Shown,
    /// What of the account's owner may stand in pages, with what stands for it.
    secrets: Vec<Secret>,
    pub(super) token: String,
}

impl Person {
    /// What pages are changed by.
    pub(super) fn context<'a>(&'a self, fetched: Fetched, sockets: &'a [&'a str]) -> Context<'a> {
        Context {
            pseudo_token: &self.token,
            shown: &self.shown,
            secrets: &self.secrets,
            socket_origins: sockets,
            fetched,
        }
    }
}

/// `GET /api/auth/session`.
pub(super) async fn session(State(mirror): State<Arc<Mirror>>, headers: HeaderMap) -> Response {
    let told = tell_session(&mirror, headers).await;
    told.unwrap_or_else(failure_shape::reply)
}

async fn tell_session(mirror: &Mirror, mut headers: HeaderMap) -> Result<Response, ApiError> {
    headers.remove(header::AUTHORIZATION);
    let visitor = Visitor::of(&mirror.gateway, &Method::GET, &headers).await;
    let visitor = match visitor {
        Ok(visitor) => visitor,
        // As upstream says it: nobody is signed in.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {
            return Ok(answers::json(StatusCode::OK, &json!({})));
        }
        Err(error) => return Err(error),
    };
    let person = person(mirror, &visitor, None).await?;
    let shown = &person.shown;
    let now = i64::try_from(mirror.gateway.now()).unwrap_or(i64::MAX);
    let expires = Timestamp::from_second(now.saturating_add(SESSION_SECONDS)).unwrap_or_default();
    let told = json!({
        "user": {
            "id": shown.user_id,
            "name": shown.name,
            "email": shown.email,
            "image": shown.picture,
            "picture": shown.picture,
            "idp": "flowgpt",
            "iat": now,
            "mfa": false,
            "groups": [],
        },
        "expires": expires.to_string(),
        "account": {
            "id": shown.account_id,
            "planType": shown.plan,
            "structure": "personal",
        },
        "accessToken": person.token,
        "authProvider": "openai",
    });
    Ok(answers::json(StatusCode::OK, &told))
}

/// Who a visitor is, with the words that may not be left of an account, or of the one the visitor
/// stays with; from memory where it is fresh.
pub(super) async fn person(
    mirror: &Mirror,
    visitor: &Visitor,
    account: Option<[u8; 16]>,
) -> Result<Person, ApiError> {
    let key = (visitor.owner(), account);
    let now = mirror.gateway.now();
    {
        let people = mirror.people.lock();
        let people = people.unwrap_or_else(PoisonError::into_inner);
        if let Some((at, person)) = people.get(&key)
            && at + PERSON_SECONDS > now
        {
            return Ok(person.clone());
        }
    }
    let person = if visitor.shares() {
        sharing(mirror, visitor, account).await?
    } else {
        owning(mirror, visitor).await?
    };
    let people = mirror.people.lock();
    let mut people = people.unwrap_or_else(PoisonError::into_inner);
    people.retain(|_, (at, _)| *at + PERSON_SECONDS > now);
    people.insert(key, (now, person.clone()));
    Ok(person)
}

/// Somebody who shares an account: what the gateway calls them, with the account's plan.
async fn sharing(
    mirror: &Mirror,
    visitor: &Visitor,
    account: Option<[u8; 16]>,
) -> Result<Person, ApiError> {
    let gateway = &mirror.gateway;
    let shown = identity::Shown::of(&visitor.owner());
    let plan = identity::plan(gateway, visitor, &HeaderMap::new()).await?;
    let lease = passing::lease(gateway, &visitor.caller, account).await?;
    let own = owner_words(mirror, &lease, visitor).await?;
    let secrets = own
        .into_iter()
        .filter_map(|(word, kind)| match kind {
            Word::Email => Secret::identity(word, shown.email.as_str()),
            Word::User => Secret::identity(word, shown.user_id.as_str()),
            Word::Account => Secret::identity(word, shown.account_id.as_str()),
            Word::Name => Secret::name(word, NAME),
        })
        .collect();
    Ok(Person {
        token: pseudo_token(&shown.user_id),
        secrets,
        shown: Shown {
            user_id: json!(shown.user_id),
            name: json!(NAME),
            email: json!(shown.email),
            phone: Value::Null,
            picture: json!(""),
            account_id: json!(shown.account_id),
            plan: plan.name().clone(),
        },
    })
}

/// What a word of the account's owner is.
enum Word {
    Email,
    User,
    Account,
    Name,
}

/// The words by which the account's owner would be known.
async fn owner_words(
    mirror: &Mirror,
    lease: &accounts::Lease,
    visitor: &Visitor,
) -> Result<Vec<(String, Word)>, ApiError> {
    let (me, accounts) = facts(mirror, visitor, lease.credential().key()).await?;
    let mut words = Vec::new();
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    words.extend(text(&me["email"]).map(|it| (it, Word::Email)));
    words.extend(text(&me["id"]).map(|it| (it, Word::User)));
    words.extend(text(&me["name"]).map(|it| (it, Word::Name)));
    for id in accounts["account_ordering"]
        .as_array()
        .into_iter()
        .flatten()
    {
        words.extend(text(id).map(|it| (it, Word::Account)));
    }
    Ok(words)
}

/// Somebody whose own account it is.
async fn owning(mirror: &Mirror, visitor: &Visitor) -> Result<Person, ApiError> {
    let lease = passing::lease(&mirror.gateway, &visitor.caller, None).await?;
    let (me, accounts) = facts(mirror, visitor, lease.credential().key()).await?;
    let account = &accounts["account_ordering"][0];
    let id = account.as_str().unwrap_or("default");
    let user = me["id"].as_str().unwrap_or("user");
    Ok(Person {
        token: pseudo_token(user),
        secrets: Vec::new(),
        shown: Shown {
            user_id: me["id"].clone(),
            name: me["name"].clone(),
            email: me["email"].clone(),
            phone: Value::Null,
            picture: json!(""),
            account_id: account.clone(),
            plan: accounts["accounts"][id]["account"]["plan_type"].clone(),
        },
    })
}

/// What upstream says of the account that a visitor is on.
async fn facts(
    mirror: &Mirror,
    visitor: &Visitor,
    account: [u8; 16],
) -> Result<(Value, Value), ApiError> {
    let mut told = Vec::with_capacity(2);
    for path in [
        "/backend-api/me",
        "/backend-api/accounts/check/v4-2023-04-27",
    ] {
        let gateway = &mirror.gateway;
        let lease = passing::lease(gateway, &visitor.caller, Some(account)).await?;
        let request = PassedRequest::get(path.to_owned(), &HeaderMap::new());
        let passed = passing::pass(gateway, &visitor.caller, lease, &request).await?;
        told.push(passed.json().await?.1);
    }
    let accounts = told.pop().unwrap_or_default();
    Ok((told.pop().unwrap_or_default(), accounts))
}

/// Looks like a token, says who the visitor is here, and opens nothing anywhere.
fn pseudo_token(user: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(&json!({"alg": "none", "typ": "JWT"}));
    let claims = part(&json!({
        "iss": "flowgpt",
        "exp": 4_102_444_800_u64,
        "https://api.openai.com/auth": {"user_id": user},
    }));
    format!("{header}.{claims}.flowgpt")
}
