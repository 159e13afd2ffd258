//! `/api/session`: signing in, who is signed in, and signing out, for scripts of our own pages.

use std::sync::Arc;

use accounts::{Caller, Session};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use web::peer::Peer;
use web::{ApiError, caller_auth, session_cookie};

use crate::body::{self, stored};
use crate::signing_in::{Attempt, SignedIn, sign_in};
use crate::{Site, UrlSignIn, replies};

#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    code: SecretString,
}

pub(crate) async fn begin(
    State(site): State<Arc<Site>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    // Another site could sign a visitor in as somebody whose chats it reads later.
    session_cookie::check_own_page(&headers)?;
    let asked: Asked = body::read(&headers, body).await?;
    let attempt = Attempt {
        shown: asked.code,
        address: peer.map(|it| it.0.0),
        admits: UrlSignIn::On,
    };
    let signed_in = sign_in(&site, attempt).await?;
    Ok(with_cookie(&site, &signed_in, StatusCode::NO_CONTENT))
}

pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let token = session_cookie::token(&headers).unwrap_or_default();
    let session = site.parts.callers.session(&token).await;
    let session = session.map_err(|error| caller_auth::refused(&error))?;
    let kind = match &session.caller {
        Caller::GatewayKey(_) => "key",
        Caller::OwnToken(_) => "token",
        Caller::Seed(_) => "seed",
    };
    let shown = replies::Session {
        kind,
        label: label(&site, &session).await?,
        is_operator: session.caller.is_operator(),
        expires_at: session.expires_at,
        version: env!("CARGO_PKG_VERSION"),
        // Chats are kept unless a person wants it otherwise.
        temporary_by_default: false,
        api_base: site.parts.api_base.clone(),
    };
    let seconds = session.expires_at - site.now();
    let mut response = Json(shown).into_response();
    give(&site, response.headers_mut(), &token, seconds);
    Ok(response)
}

pub(crate) async fn end(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    session_cookie::check_own_page(&headers)?;
    sign_out(&site, &headers).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    take(&site, response.headers_mut());
    Ok(response)
}

/// Ends the session of whoever asks, if there is one.
pub(crate) async fn sign_out(site: &Site, headers: &HeaderMap) -> Result<(), ApiError> {
    if let Some(token) = session_cookie::token(headers) {
        let ended = site.parts.callers.end_session(&token).await;
        ended.map_err(|error| stored(&error))?;
    }
    Ok(())
}

/// Whether somebody is signed in.
pub(crate) async fn is_signed_in(site: &Site, headers: &HeaderMap) -> bool {
    match session_cookie::token(headers) {
        Some(token) => site.parts.callers.session(&token).await.is_ok(),
        None => false,
    }
}

/// A reply that signs in.
pub(crate) fn with_cookie(site: &Site, signed_in: &SignedIn, status: StatusCode) -> Response {
    let mut response = status.into_response();
    give(
        site,
        response.headers_mut(),
        &signed_in.token,
        signed_in.seconds,
    );
    response
}

/// Takes the cookie away again.
pub(crate) fn take(site: &Site, headers: &mut HeaderMap) {
    give(site, headers, &SecretString::default(), 0);
}

fn give(site: &Site, headers: &mut HeaderMap, token: &SecretString, seconds: i64) {
    let cookie: Option<HeaderValue> =
        session_cookie::given(token, seconds.max(0), site.parts.is_secure);
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// What tells the person who is signed in what they signed in with.
pub(crate) async fn label(site: &Site, session: &Session) -> Result<String, ApiError> {
    let Some(id) = session.caller.key_id() else {
        return Ok(session.hint.clone());
    };
    let keys = site.parts.callers.keys.list().await;
    let keys = keys.map_err(|error| stored(&error))?;
    let key = keys.into_iter().find(|it| it.id.to_string() == id);
    Ok(key.map_or_else(|| session.hint.clone(), |it| it.name))
}
