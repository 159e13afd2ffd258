//! Who looks at a page: the account of the session cookie or of the token, as the session's own
//! route describes it, so that a page never says anything else. Turns it into placeholders' values.

use std::time::Duration;

use axum::response::IntoResponse as _;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use serde_json::{Value, json};

use super::placeholders::Values;
use crate::ids;
use crate::session;
use crate::simulator::State;
use crate::timestamps::{self, since_epoch};
use crate::tokens;

const SESSION_COOKIE: &str = "__Secure-next-auth.session-token";
const DEVICE_COOKIE: &str = "oai-did";

/// How long a visit lasts that has a token and no session.
const LIFETIME: Duration = Duration::from_hours(90 * 24);

/// Who looks at a page, and with what.
pub(super) struct Visitor {
    pub(super) is_signed_in: bool,
    pub(super) device: String,
    pub(super) nonce: String,
    pub(super) values: Values,
}

impl Visitor {
    /// The one whose request has these headers.
    pub(super) async fn of(headers: &HeaderMap, state: &State) -> Self {
        let session = match of_cookie(headers, state).await {
            Some(session) => Some(session),
            None => of_token(headers, state),
        };
        let device = cookie(headers, DEVICE_COOKIE);
        let device = device
            .filter(|id| ids::is_uuid(id))
            .map_or_else(|| state.fresh_id("device"), str::to_owned);
        let nonce = state.fresh_id("nonce");
        let mut values = Values::from([
            ("NONCE", nonce.clone()),
            ("DEVICE_ID", device.clone()),
            ("REQUEST_ID", state.fresh_id("page")),
            ("SESSION_ID", state.fresh_id("page session")),
        ]);
        if let Some(session) = &session {
            add_session(&mut values, session);
            values.insert("SESSION_TOKEN", session_token(headers));
        }
        Self {
            is_signed_in: session.is_some(),
            device,
            nonce,
            values,
        }
    }
}

fn add_session(values: &mut Values, session: &Value) {
    let places = [
        ("USER_ID", "/user/id"),
        ("NAME", "/user/name"),
        ("EMAIL", "/user/email"),
        ("EXPIRES", "/expires"),
        ("ACCOUNT_ID", "/account/id"),
        ("PLAN", "/account/planType"),
        ("ACCESS_TOKEN", "/accessToken"),
    ];
    for (name, place) in places {
        let value = session.pointer(place).and_then(Value::as_str);
        values.insert(name, value.unwrap_or_default().to_owned());
    }
}

/// The session of the cookies.
async fn of_cookie(headers: &HeaderMap, state: &State) -> Option<Value> {
    let body = session::session(headers, state).into_response().into_body();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    let session: Value = serde_json::from_slice(&bytes).ok()?;
    session.get("accessToken").is_some().then_some(session)
}

/// What a session with this token would be.
fn of_token(headers: &HeaderMap, state: &State) -> Option<Value> {
    let account = tokens::authenticate(headers, state).ok()?.account;
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let expires = timestamps::iso(since_epoch(state.now()) + LIFETIME);
    Some(json!({
        "user": {"id": account.user_id, "name": account.name, "email": account.email},
        "expires": expires,
        "account": {"id": account.id, "planType": account.plan},
        "accessToken": token.strip_prefix("Bearer ")?,
    }))
}

/// Every cookie of a request.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let values = headers.get_all(COOKIE).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    cookies(headers).find_map(|(name, value)| (name == wanted).then_some(value))
}

/// The session token, whose parts are put together; empty for those who came with another token.
fn session_token(headers: &HeaderMap) -> String {
    let mut parts: Vec<(&str, &str)> = cookies(headers)
        .filter(|(name, _)| name.starts_with(SESSION_COOKIE))
        .collect();
    parts.sort_unstable();
    parts.into_iter().map(|(_, value)| value).collect()
}
