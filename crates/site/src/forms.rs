//! `/auth/login` and `/auth/logout`: signing in and out by forms, which need no script.
//!
//! A form is taken from our own pages only, with a word that its page and the browser's cookie
//! both have. No code ever stands in an address.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use web::peer::Peer;
use web::{ApiError, same_origin, session_cookie};

use crate::body::stored;
use crate::language::Words;
use crate::pages::{Notice, SignIn, SignOut, reply};
use crate::session::{is_signed_in, sign_out, take, with_cookie};
use crate::signing_in::{Attempt, Refused, sign_in};
use crate::{Site, UrlSignIn};

/// The cookie with the word of a form.
const FORM_COOKIE: &str = "flowgpt_form";

/// How long such a word is.
const FORM_CHARS: usize = 43;

#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    next: Option<String>,
    lang: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    #[serde(default)]
    code: SecretString,
    #[serde(default)]
    form: String,
    next: Option<String>,
    lang: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct SignOutForm {
    #[serde(default)]
    form: String,
    lang: Option<String>,
}

pub(crate) async fn sign_in_page(
    State(site): State<Arc<Site>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = asked.map(|it| it.0).unwrap_or_default();
    let next = own_path(asked.next.as_deref());
    if is_signed_in(&site, &headers).await {
        return Ok(see(next));
    }
    let words = Words::wanted(asked.lang.as_deref(), &headers);
    let form = FormWord::of(&site, &headers)?;
    let page = SignIn::asking(words, form.word(), next, None);
    Ok(form.given(&site, reply(StatusCode::OK, &page)))
}

pub(crate) async fn sign_in_by_form(
    State(site): State<Arc<Site>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    sent: Result<Form<SignInForm>, FormRejection>,
) -> Result<Response, ApiError> {
    let Ok(Form(sent)) = sent else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let words = Words::wanted(sent.lang.as_deref(), &headers);
    let next = own_path(sent.next.as_deref());
    let mut wait = None;
    let (status, wrong) = if is_own_form(&headers, &sent.form) {
        let attempt = Attempt {
            shown: sent.code,
            address: peer.map(|it| it.0.0),
            admits: UrlSignIn::On,
        };
        match sign_in(&site, attempt).await {
            Ok(signed_in) => {
                let mut response = with_cookie(&site, &signed_in, StatusCode::SEE_OTHER);
                lead(&mut response, next);
                return Ok(response);
            }
            Err(Refused::Wrong) => (StatusCode::UNAUTHORIZED, words.wrong_code.to_owned()),
            Err(Refused::Wait(seconds)) => {
                wait = Some(seconds);
                (StatusCode::TOO_MANY_REQUESTS, words.wait(seconds))
            }
            Err(Refused::Failed(error)) => (error.status(), words.failed(error.code())),
        }
    } else {
        (StatusCode::FORBIDDEN, words.stale_form.to_owned())
    };
    let form = FormWord::of(&site, &headers)?;
    let page = SignIn::asking(words, form.word(), next, Some(wrong));
    let mut response = form.given(&site, reply(status, &page));
    if let Some(seconds) = wait {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

pub(crate) async fn sign_out_page(
    State(site): State<Arc<Site>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !is_signed_in(&site, &headers).await {
        return Ok(see("/"));
    }
    let asked = asked.map(|it| it.0).unwrap_or_default();
    let words = Words::wanted(asked.lang.as_deref(), &headers);
    let form = FormWord::of(&site, &headers)?;
    let other = format!("/auth/logout?lang={}", words.other_lang);
    let next = own_path(asked.next.as_deref());
    let page = SignOut::new(words, other, form.word(), next);
    Ok(form.given(&site, reply(StatusCode::OK, &page)))
}

pub(crate) async fn sign_out_by_form(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    sent: Result<Form<SignOutForm>, FormRejection>,
) -> Result<Response, ApiError> {
    let Ok(Form(sent)) = sent else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    if !is_own_form(&headers, &sent.form) {
        let words = Words::wanted(sent.lang.as_deref(), &headers);
        return Ok(stale(words, "/auth/logout"));
    }
    sign_out(&site, &headers).await?;
    let mut response = see("/auth/login");
    take(&site, response.headers_mut());
    Ok(response)
}

/// The word that a form and the browser's cookie both have.
pub(crate) struct FormWord(String);

impl FormWord {
    /// The one the browser has, so that two pages may be open at once, or a new one.
    pub(crate) fn of(site: &Site, headers: &HeaderMap) -> Result<Self, ApiError> {
        let known = session_cookie::value(headers, FORM_COOKIE);
        if let Some(known) = known.filter(|it| it.len() == FORM_CHARS) {
            return Ok(Self(known.to_owned()));
        }
        let new = site.token().map_err(|error| stored(&error))?;
        Ok(Self(new.expose_secret().to_owned()))
    }

    pub(crate) fn word(&self) -> &str {
        &self.0
    }

    /// A page with the cookie.
    pub(crate) fn given(&self, site: &Site, mut page: Response) -> Response {
        let secure = if site.parts.is_secure { "; Secure" } else { "" };
        let cookie = format!(
            "{FORM_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict{secure}",
            self.0
        );
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            page.headers_mut().append(header::SET_COOKIE, cookie);
        }
        page
    }
}

/// Whether a form was sent by our own page, in this browser.
pub(crate) fn is_own_form(headers: &HeaderMap, word: &str) -> bool {
    let known = session_cookie::value(headers, FORM_COOKIE).unwrap_or_default();
    let is_known = known.len() == FORM_CHARS && bool::from(known.as_bytes().ct_eq(word.as_bytes()));
    is_known && same_origin::is_own(headers)
}

/// What is said of a form that is not ours, or too old.
pub(crate) fn stale(words: &'static Words, href: &str) -> Response {
    let other = format!("/auth/login?lang={}", words.other_lang);
    let title = words.again;
    let page = Notice::new(words, other, title, words.stale_form, href, words.again);
    reply(StatusCode::FORBIDDEN, &page)
}

/// A reply that leads to a path of ours, whatever method was used.
pub(crate) fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    lead(&mut response, path);
    response
}

/// Leads to a path of ours.
pub(crate) fn lead(response: &mut Response, path: &str) {
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, place);
}

/// A path on this server; `/` for anything that could lead elsewhere.
fn own_path(next: Option<&str>) -> &str {
    let next = next.unwrap_or("/");
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    if is_own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_led_to_another_server() {
        for (next, path) in [
            (None, "/"),
            (Some("/c/chat_1?a=b"), "/c/chat_1?a=b"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("javascript:alert(1)"), "/"),
            (Some("/\r\nset-cookie: a=b"), "/"),
            (Some("/\t/evil.example"), "/"),
            (Some(""), "/"),
        ] {
            assert_eq!(own_path(next), path, "{next:?}");
        }
    }
}
