//! Signing in and out, choosing the password at the first start, and the second factor.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use store::DatabaseError;
use subtle::ConstantTimeEq;
use web::{ApiError, ErrorClass};

use crate::Admin;
use crate::body::{self, SMALL, STRANGERS, invalid, stored};
use crate::guard::{
    self, BROWSER, Factor, KIND, Operator, check_origin, cookie_name, session_token, wrong_code,
};
use crate::password::MIN_CHARS;
use crate::replies::AdminSession;
use crate::totp;

const SESSION_SECONDS: i64 = 30 * 24 * 3600;

/// The digest of the one-time token, and when it ends.
const BOOTSTRAP_FACT: &str = "admin.bootstrap";
const BOOTSTRAP_SECONDS: i64 = 24 * 3600;

/// Makes the one-time link; see [`Admin::bootstrap`].
pub(crate) async fn bootstrap_link(admin: &Admin) -> Result<Option<String>, DatabaseError> {
    if admin.has_password().await? {
        return Ok(None);
    }
    let token = admin.token()?;
    let value = format!(
        "{} {}",
        admin.now() + BOOTSTRAP_SECONDS,
        digest(admin, &token)
    );
    admin
        .parts
        .database
        .set_fact(BOOTSTRAP_FACT, &value)
        .await?;
    // After the #, so that it is in no log of a proxy.
    Ok(Some(format!(
        "/admin/bootstrap#token={}",
        token.expose_secret()
    )))
}

#[derive(Deserialize)]
pub(crate) struct Bootstrap {
    token: SecretString,
    password: SecretString,
}

pub(crate) async fn bootstrap(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    guard::refuse_foreign(&headers)?;
    guard::slowed_down(&admin)?;
    let asked: Bootstrap = body::read(&headers, body, STRANGERS).await?;
    check_password(&asked.password)?;
    let choosing = Arc::clone(&admin);
    // Otherwise the link could be used up without a password.
    admin
        .to_its_end(async move { choosing.choose_password(&asked).await })
        .await?;
    begin_session(&admin).await
}

impl Admin {
    async fn choose_password(&self, asked: &Bootstrap) -> Result<(), ApiError> {
        let mut turn = self.passwords.turn().await;
        guard::slowed_down(self)?;
        if self.has_password().await.map_err(stored)? || !is_bootstrap(self, &asked.token).await? {
            self.throttle.failed(self.now());
            return Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                ErrorClass::Authentication,
                "invalid_bootstrap_token",
                "this link is used up, too old, or not the one that was printed last; start \
                 FlowGPT again for a new one",
            ));
        }
        turn.set(&asked.password).await.map_err(stored)?;
        guard::audit(self, BROWSER, "choose_password", None, None).await;
        Ok(())
    }
}

/// Takes the token out of the database, so that of two who show it one is served.
async fn is_bootstrap(admin: &Admin, shown: &SecretString) -> Result<bool, ApiError> {
    let database = &admin.parts.database;
    let Some(value) = database.fact(BOOTSTRAP_FACT).await.map_err(stored)? else {
        return Ok(false);
    };
    let (until, known) = value.split_once(' ').unwrap_or_default();
    let is_good = until.parse::<i64>().is_ok_and(|until| until > admin.now());
    let is_known = bool::from(digest(admin, shown).as_bytes().ct_eq(known.as_bytes()));
    if !is_good || !is_known {
        return Ok(false);
    }
    let taken = database.take_fact(BOOTSTRAP_FACT).await.map_err(stored)?;
    Ok(taken == Some(value))
}

#[derive(Deserialize)]
pub(crate) struct Login {
    password: SecretString,
    code: Option<String>,
}

pub(crate) async fn login(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    guard::refuse_foreign(&headers)?;
    let asked: Login = body::read(&headers, body, STRANGERS).await?;
    guard::let_in(&admin, &asked.password, Factor::Code(asked.code)).await?;
    guard::audit(&admin, BROWSER, "login", None, None).await;
    begin_session(&admin).await
}

pub(crate) async fn logout(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_origin(&Method::POST, &headers)?;
    if let Some(token) = session_token(&admin, &headers) {
        admin
            .parts
            .database
            .end_session(&token)
            .await
            .map_err(stored)?;
    }
    Ok(with_cookie(&admin, "", 0))
}

pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
) -> Result<Json<AdminSession>, ApiError> {
    let has_second_factor = totp::is_on(&admin.parts.database).await.map_err(stored)?;
    Ok(Json(AdminSession {
        actor: "admin",
        has_second_factor,
        password_is_given_by_settings: admin.passwords.is_given(),
    }))
}

#[derive(Deserialize)]
pub(crate) struct NewPassword {
    current: SecretString,
    new: SecretString,
    code: Option<String>,
}

pub(crate) async fn change_password(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let asked: NewPassword = body::read(&headers, body, SMALL).await?;
    if admin.passwords.is_given() {
        let message = "the password is set by ADMIN_PASSWORD; change it there";
        return Err(invalid("password_is_given", message));
    }
    check_password(&asked.new)?;
    guard::let_in(&admin, &asked.current, Factor::Code(asked.code)).await?;
    let changing = Arc::clone(&admin);
    // Otherwise sessions could outlive the password they were begun with.
    let change = async move {
        let set = changing.passwords.turn().await.set(&asked.new).await;
        set.map_err(stored)?;
        let ended = changing.parts.database.end_all_sessions(KIND).await;
        ended.map_err(stored)
    };
    admin.to_its_end(change).await?;
    operator.did(&admin, "change_password", None, None).await;
    begin_session(&admin).await
}

pub(crate) async fn begin_totp(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
) -> Result<Json<Value>, ApiError> {
    // Otherwise a session would be enough to put another one in its place.
    if totp::is_on(&admin.parts.database).await.map_err(stored)? {
        let message = "there is a second factor already; remove it first";
        return Err(invalid("second_factor_is_set", message));
    }
    let chance: std::io::Result<[u8; 20]> = admin.parts.chance.bytes();
    let chance = chance.map_err(|it| stored(DatabaseError::Other(it.to_string())))?;
    let url = totp::begin(&admin.parts.database, chance, admin.now()).await;
    operator
        .did(&admin, "begin_second_factor", None, None)
        .await;
    Ok(Json(json!({"otpauth_url": url.map_err(stored)?})))
}

#[derive(Deserialize)]
pub(crate) struct TotpCode {
    code: String,
}

pub(crate) async fn confirm_totp(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    guard::slowed_down(&admin)?;
    let asked: TotpCode = body::read(&headers, body, SMALL).await?;
    let confirming = Arc::clone(&admin);
    // Otherwise sessions could go on that were begun without it.
    let confirm = async move {
        let now = confirming.parts.clock.since_epoch().as_secs();
        let database = &confirming.parts.database;
        let confirmed = totp::confirm(database, &asked.code, now).await;
        if !confirmed.map_err(stored)? {
            confirming.throttle.failed(confirming.now());
            return Err(wrong_code());
        }
        database.end_all_sessions(KIND).await.map_err(stored)
    };
    admin.to_its_end(confirm).await?;
    operator.did(&admin, "set_second_factor", None, None).await;
    begin_session(&admin).await
}

pub(crate) async fn remove_totp(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let asked: Login = body::read(&headers, body, SMALL).await?;
    guard::let_in(&admin, &asked.password, Factor::Code(asked.code)).await?;
    totp::remove(&admin.parts.database).await.map_err(stored)?;
    operator
        .did(&admin, "remove_second_factor", None, None)
        .await;
    Ok(StatusCode::NO_CONTENT)
}

fn check_password(password: &SecretString) -> Result<(), ApiError> {
    if password.expose_secret().chars().count() >= MIN_CHARS {
        return Ok(());
    }
    let message = format!("a password has at least {MIN_CHARS} characters");
    Err(invalid("password_too_short", message).with_param("password"))
}

/// A session for whoever knows the prefix.
pub(crate) async fn enter(admin: &Admin) -> Response {
    match begin_session(admin).await {
        Ok(mut response) => {
            guard::audit(admin, BROWSER, "login_by_prefix", None, None).await;
            *response.status_mut() = StatusCode::SEE_OTHER;
            let admin = HeaderValue::from_static("/admin");
            response.headers_mut().insert(header::LOCATION, admin);
            response
        }
        Err(error) => error.into_response(),
    }
}

async fn begin_session(admin: &Admin) -> Result<Response, ApiError> {
    let token = admin.token().map_err(stored)?;
    let now = admin.now();
    let database = &admin.parts.database;
    let begun = database.create_session(&token, KIND, now, now + SESSION_SECONDS);
    begun.await.map_err(stored)?;
    Ok(with_cookie(admin, token.expose_secret(), SESSION_SECONDS))
}

fn with_cookie(admin: &Admin, value: &str, seconds: i64) -> Response {
    let secure = if admin.parts.settings.is_secure {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}",
        cookie_name(admin)
    );
    let headers: [(HeaderName, String); 1] = [(header::SET_COOKIE, cookie)];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn digest(admin: &Admin, token: &SecretString) -> String {
    let digest = admin.parts.database.keyed_digest("admin-bootstrap", token);
    format!("{:032x}", u128::from_be_bytes(digest))
}
