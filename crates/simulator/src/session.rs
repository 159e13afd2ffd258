//! The web session: the session token, which is a cookie that any simulator knows again, and what
//! it is good for, which is an access token. The router calls it.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::COOKIE;
use serde_json::{Value, json};

use crate::ids;
use crate::reply::Reply;
use crate::signatures::{self, Signed};
use crate::simulator::State;
use crate::timestamps::{self, since_epoch};
use crate::token_spec::Holder;
use crate::tokens;

const COOKIE_NAME: &str = "__Secure-next-auth.session-token";

/// The part of an encrypted token before the first dot: `{"alg":"dir","enc":"A256GCM"}`.
const HEADER: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";

/// How long a session token is good for.
const LIFETIME: Duration = Duration::from_hours(90 * 24);

/// A session token. Like upstream's it has five segments and looks encrypted; `serial` makes it
/// differ from others of the same second.
pub(crate) fn mint(holder: &Holder, now: SystemTime, serial: &str) -> String {
    let claims = json!({
        "holder": holder.claim(),
        "exp": (since_epoch(now) + LIFETIME).as_secs(),
    });
    let nonce = ids::hex(&["session nonce", serial], 16);
    let text = format!("{HEADER}..{nonce}.{}", signatures::encoded(&claims));
    signatures::sign(Signed::Session, &text)
}

/// `GET /api/auth/session`: the session of the cookie; `{}` without a good one.
pub(crate) fn session(headers: &HeaderMap, state: &State) -> Reply {
    let now = state.now();
    let parts = cookie_parts(headers);
    let Some(holder) = read(&parts.concat(), now) else {
        return Reply::ok(&json!({}));
    };
    let fresh = mint(&holder, now, &state.fresh_id("session token"));
    let mut reply = Reply::ok(&described(&holder, now));
    for (name, value) in cookies(&fresh, parts.len()) {
        let cookie = format!("{name}={value}; Path=/; HttpOnly; Secure; SameSite=Lax");
        reply = reply.with("set-cookie", cookie);
    }
    reply
}

fn described(holder: &Holder, now: SystemTime) -> Value {
    let account = holder.account();
    let since_epoch = since_epoch(now);
    json!({
        "user": {
            "id": account.user_id,
            "name": account.name,
            "email": account.email,
            "image": "https://simulator.invalid/picture.png",
            "picture": "https://simulator.invalid/picture.png",
            "idp": "auth0",
            "iat": since_epoch.as_secs(),
            "mfa": false,
            "groups": [],
        },
        "expires": timestamps::iso(since_epoch + LIFETIME),
        "account": {"id": account.id, "planType": account.plan, "structure": "personal"},
        "accessToken": tokens::mint(holder, now),
        "authProvider": "openai",
    })
}

/// Whom a session token is for, as long as it is good.
fn read(token: &str, now: SystemTime) -> Option<Holder> {
    let text = signatures::verified(Signed::Session, token)?;
    let claims = signatures::decoded(text.rsplit_once('.')?.1)?;
    if claims["exp"].as_u64()? <= since_epoch(now).as_secs() {
        return None;
    }
    Holder::read(&claims["holder"], now)
}

/// The token in the cookies: whole, or else in its numbered parts in their order.
fn cookie_parts(headers: &HeaderMap) -> Vec<&str> {
    let cookies = headers.get_all(COOKIE).iter();
    let mut parts: Vec<(Option<u32>, &str)> = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(name, value)| {
            let rest = name.strip_prefix(COOKIE_NAME)?;
            match rest.strip_prefix('.') {
                Some(number) => Some((Some(number.parse().ok()?), value)),
                None => rest.is_empty().then_some((None, value)),
            }
        })
        .collect();
    parts.sort_by_key(|(number, _)| *number);
    if parts.first().is_some_and(|(number, _)| number.is_none()) {
        parts.truncate(1);
    }
    parts.into_iter().map(|(_, value)| value).collect()
}

/// The fresh token as cookies, in as many parts as the last one came in.
fn cookies(token: &str, parts: usize) -> Vec<(String, &str)> {
    if parts < 2 {
        return vec![(COOKIE_NAME.to_owned(), token)];
    }
    let length = token.len().div_ceil(parts);
    let starts = (0..token.len()).step_by(length);
    let part = |start: usize| &token[start..token.len().min(start + length)];
    starts
        .enumerate()
        .map(|(number, start)| (format!("{COOKIE_NAME}.{number}"), part(start)))
        .collect()
}
