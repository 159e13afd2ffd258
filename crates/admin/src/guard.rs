//! Who may do what an admin does: somebody signed in, or a script that shows the password.
//!
//! A cookie comes along with whatever another site makes a browser send, so changes by cookie
//! are only taken from our own pages.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use secrecy::SecretString;
use store::records::AuditEntry;
use web::{ApiError, ErrorClass};

use crate::Admin;
use crate::body::stored;

/// The session's kind, in records.
pub(crate) const KIND: &str = "admin";

const BROWSER: &str = "admin";
const SCRIPT: &str = "admin (script)";

/// Somebody who may do what an admin does.
#[derive(Debug)]
pub(crate) struct Operator {
    actor: &'static str,
}

impl FromRequestParts<Arc<Admin>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, ApiError> {
        if let Some(password) = basic(&parts.headers) {
            try_password(admin, &password).await?;
            return Ok(Self { actor: SCRIPT });
        }
        let Some(token) = session_cookie(admin, &parts.headers) else {
            return Err(signed_out());
        };
        let session = admin.parts.database.session(&token, admin.now()).await;
        let session = session.map_err(stored)?;
        if session.is_none_or(|it| it.kind != KIND) {
            return Err(signed_out());
        }
        check_origin(&parts.method, &parts.headers)?;
        Ok(Self { actor: BROWSER })
    }
}

impl Operator {
    /// Writes down what was done.
    pub(crate) async fn did(
        &self,
        admin: &Admin,
        action: &str,
        subject: Option<String>,
        detail: Option<String>,
    ) {
        let entry = AuditEntry {
            at: admin.now(),
            actor: self.actor.to_owned(),
            action: action.to_owned(),
            subject,
            detail,
        };
        if let Err(error) = admin.parts.database.audit(entry).await {
            tracing::error!("what an admin did was not written down: {error}");
        }
    }
}

/// Fails unless the password is right; slows down whoever guesses.
pub(crate) async fn try_password(admin: &Admin, shown: &SecretString) -> Result<(), ApiError> {
    let now = admin.now();
    slowed_down(admin)?;
    if admin.passwords.is_right(shown, now).await.map_err(stored)? {
        admin.throttle.succeeded();
        return Ok(());
    }
    admin.throttle.failed(now);
    Err(signed_out())
}

/// Fails while further tries have to wait.
pub(crate) fn slowed_down(admin: &Admin) -> Result<(), ApiError> {
    match admin.throttle.wait(admin.now()) {
        None => Ok(()),
        Some(wait) => Err(ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorClass::RateLimit,
            "too_many_attempts",
            "too many failed attempts to sign in; wait before the next one",
        )
        .with_header(header::RETRY_AFTER, &wait.to_string())),
    }
}

/// Changes by cookie are taken from our own pages only.
pub(crate) fn check_origin(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_own = match value("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (value("origin"), value("host")) {
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|it| it.1 == host),
            _ => false,
        },
    };
    if is_own {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::InvalidRequest,
        "cross_site_request",
        "a change was asked for from another site; scripts show the password with \
         \"Authorization: Basic\" instead of a cookie",
    ))
}

/// The cookie's name: one that a browser takes only over TLS, where there is TLS.
pub(crate) fn cookie_name(admin: &Admin) -> &'static str {
    if admin.parts.settings.is_secure {
        "__Host-flowgpt-admin"
    } else {
        "flowgpt-admin"
    }
}

/// The session's token, as the browser shows it.
pub(crate) fn session_cookie(admin: &Admin, headers: &HeaderMap) -> Option<SecretString> {
    let name = cookie_name(admin);
    let cookies = headers.get_all(header::COOKIE).iter();
    let pairs = cookies
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name && !value.is_empty()).then_some(value)
    });
    values.next().map(SecretString::from)
}

fn basic(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (user == "admin").then(|| SecretString::from(password))
}

fn signed_out() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        ErrorClass::Authentication,
        "admin_sign_in_required",
        "sign in with POST /admin/api/login, or show \"Authorization: Basic\" with the user admin \
         and the admin's password",
    )
}
