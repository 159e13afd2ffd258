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
use secrecy::{ExposeSecret, SecretString};
use store::records::AuditEntry;
use web::{ApiError, ErrorClass, same_origin};

use crate::Admin;
use crate::body::stored;
use crate::totp::{self, Code};

/// The session's kind, in records.
pub(crate) const KIND: &str = "admin";

pub(crate) const BROWSER: &str = "admin";
const SCRIPT: &str = "admin (script)";

/// What has to be shown besides the password.
#[derive(Debug)]
pub(crate) enum Factor {
    /// Nothing.
    NotAsked,
    /// A code, if a second factor is set up.
    Code(Option<String>),
}

/// Somebody who may do what an admin does.
#[derive(Debug)]
pub(crate) struct Operator {
    actor: &'static str,
}

impl FromRequestParts<Arc<Admin>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, ApiError> {
        if let Some(password) = basic(&parts.headers) {
            // A browser may know the password too, and send it along for another site.
            refuse_foreign(&parts.headers)?;
            let_in(admin, &password, Factor::NotAsked).await?;
            return Ok(Self { actor: SCRIPT });
        }
        let Some(token) = session_token(admin, &parts.headers) else {
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
        audit(admin, self.actor, action, subject, detail).await;
    }
}

/// Writes down what somebody did.
pub(crate) async fn audit(
    admin: &Admin,
    actor: &str,
    action: &str,
    subject: Option<String>,
    detail: Option<String>,
) {
    let entry = AuditEntry {
        at: admin.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject,
        detail,
    };
    if let Err(error) = admin.parts.database.audit(entry).await {
        tracing::error!("what an admin did was not written down: {error}");
    }
}

/// Fails unless the password is right, and the code; slows down whoever guesses.
pub(crate) async fn let_in(
    admin: &Arc<Admin>,
    password: &SecretString,
    factor: Factor,
) -> Result<(), ApiError> {
    slowed_down(admin)?;
    let (trying, password) = (Arc::clone(admin), password.clone());
    // A try that is not counted, because its caller goes away, would cost nothing.
    admin
        .to_its_end(async move { trying.try_once(&password, factor).await })
        .await
}

impl Admin {
    async fn try_once(&self, password: &SecretString, factor: Factor) -> Result<(), ApiError> {
        let mut turn = self.passwords.turn().await;
        // Those before may have used up the tries.
        slowed_down(self)?;
        let now = self.now();
        if !turn.is_right(password, now).await.map_err(stored)? {
            self.throttle.failed(now);
            return Err(signed_out());
        }
        let Factor::Code(code) = factor else {
            // A script asks all the time: that must not be what others' failures are forgotten by.
            return Ok(());
        };
        let token = self.token().map_err(stored)?;
        let database = &self.parts.database;
        let now = u64::try_from(now).unwrap_or_default();
        let checked = totp::check(database, code.as_deref(), token.expose_secret(), now).await;
        match checked.map_err(stored)? {
            Code::NotNeeded | Code::Right => {
                self.throttle.succeeded();
                Ok(())
            }
            Code::Missing => Err(wrong_code()),
            Code::Wrong => {
                self.throttle.failed(self.now());
                Err(wrong_code())
            }
        }
    }
}

pub(crate) fn wrong_code() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        ErrorClass::Authentication,
        "code_required",
        "a code of the second factor is needed in `code`, and each is good once",
    )
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
    if same_origin::is_own(headers) {
        Ok(())
    } else {
        Err(cross_site())
    }
}

/// Fails when a browser says that a page of another site asks.
pub(crate) fn refuse_foreign(headers: &HeaderMap) -> Result<(), ApiError> {
    if same_origin::is_foreign(headers) {
        return Err(cross_site());
    }
    Ok(())
}

fn cross_site() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::InvalidRequest,
        "cross_site_request",
        "a change was asked for from another site; scripts show the password with \
         \"Authorization: Basic\" instead of a cookie",
    )
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
pub(crate) fn session_token(admin: &Admin, headers: &HeaderMap) -> Option<SecretString> {
    web::session_cookie::value(headers, cookie_name(admin)).map(SecretString::from)
}

/// The password that a script shows.
pub(crate) fn basic(headers: &HeaderMap) -> Option<SecretString> {
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
