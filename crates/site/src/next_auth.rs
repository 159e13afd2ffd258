//! `/api/auth/*` as front ends in the manner of `NextAuth` ask it: who is signed in, a word for
//! forms, the ways to sign in, and signing out. Contract: R14.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, ErrorClass, session_cookie};

use crate::Site;
use crate::forms::{FormWord, is_own_form};
use crate::session::{label, sign_out, take};

#[derive(Deserialize, Default)]
pub(crate) struct Sent {
    #[serde(default, rename = "csrfToken")]
    word: String,
}

/// A word that a form has to bring along.
pub(crate) async fn csrf(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let word = FormWord::of(&site, &headers)?;
    let reply = Json(json!({"csrfToken": word.word()})).into_response();
    Ok(word.given(&site, reply))
}

/// The one way there is.
pub(crate) async fn providers() -> Response {
    Json(json!({"credentials": {
        "id": "credentials",
        "name": "FlowGPT",
        "type": "credentials",
        "signinUrl": "/api/auth/signin",
        "callbackUrl": "/api/auth/callback/credentials",
    }}))
    .into_response()
}

/// Who is signed in; nobody is `{}`.
pub(crate) async fn session(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let token = session_cookie::token(&headers).unwrap_or_default();
    let Ok(session) = site.parts.callers.session(&token).await else {
        return Ok(Json(json!({})).into_response());
    };
    let name = label(&site, &session).await?;
    let expires = jiff::Timestamp::from_second(session.expires_at).unwrap_or_default();
    Ok(Json(json!({
        "user": {"name": name, "email": null, "image": null},
        "expires": expires.to_string(),
    }))
    .into_response())
}

/// Signs out, for a form with its word.
pub(crate) async fn end(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Result<Response, ApiError> {
    let sent = sent.map(|it| it.0).unwrap_or_default();
    if !is_own_form(&headers, &sent.word) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            ErrorClass::InvalidRequest,
            "csrf_refused",
            "send csrfToken, as /api/auth/csrf gives it with its cookie",
        ));
    }
    sign_out(&site, &headers).await?;
    let mut reply = Json(json!({"url": "/"})).into_response();
    take(&site, reply.headers_mut());
    Ok(reply)
}
