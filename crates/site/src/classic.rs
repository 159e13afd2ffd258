//! `/api/auth/signin` and `/api/auth/signout`: the addresses that links of earlier programs name.
//!
//! A code in an address ends up in histories and in logs of proxies, so it is accepted and never
//! given out, and `LEGACY_URL_SIGNIN` turns it off. Another site cannot sign a visitor in or out
//! by them: whoever did not come by themselves is asked first.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::records::AuditEntry;
use web::peer::Peer;
use web::{ApiError, same_origin};

use crate::forms::{FormWord, is_own_form, lead, see, stale};
use crate::language::Words;
use crate::pages::{SharedLink, SignIn, reply};
use crate::session::{is_signed_in, sign_out, take, with_cookie};
use crate::signing_in::{Attempt, Refused, sign_in};
use crate::{Site, UrlSignIn};

#[derive(Deserialize, Default)]
pub(crate) struct Link {
    #[serde(default)]
    signin: SecretString,
    signout: Option<String>,
    lang: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Confirmation {
    #[serde(default, alias = "csrfToken")]
    form: String,
    #[serde(default)]
    signin: SecretString,
    lang: Option<String>,
}

pub(crate) async fn sign_in_by_link(
    State(site): State<Arc<Site>>,
    peer: Option<Extension<Peer>>,
    method: Method,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, ApiError> {
    let link = link.map(|it| it.0).unwrap_or_default();
    let is_off = site.parts.url_sign_in == UrlSignIn::Off;
    if is_off || is_glance(&method, &headers) || link.signin.expose_secret().is_empty() {
        return Ok(see("/auth/login"));
    }
    if is_signed_in(&site, &headers).await {
        return Ok(see("/"));
    }
    let words = Words::wanted(link.lang.as_deref(), &headers);
    if came_by_themselves(&headers) {
        return enter(&site, peer, &headers, words, link.signin).await;
    }
    let form = FormWord::of(&site, &headers)?;
    let hint = accounts::credential_hint(link.signin.expose_secret());
    let other = format!("/auth/login?lang={}", words.other_lang);
    let page = SharedLink::new(words, other, form.word(), &hint);
    Ok(form.given(&site, reply(StatusCode::OK, &page)))
}

/// The form of the page that asks, which is sent to the link itself, or any form of ours.
pub(crate) async fn confirm(
    State(site): State<Arc<Site>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
    sent: Result<Form<Confirmation>, FormRejection>,
) -> Result<Response, ApiError> {
    let Ok(Form(sent)) = sent else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let words = Words::wanted(sent.lang.as_deref(), &headers);
    if !is_own_form(&headers, &sent.form) {
        return Ok(stale(words, "/auth/login"));
    }
    let link = link.map(|it| it.0).unwrap_or_default();
    let shown = if sent.signin.expose_secret().is_empty() {
        link.signin
    } else {
        sent.signin
    };
    enter(&site, peer, &headers, words, shown).await
}

pub(crate) async fn sign_out_by_link(
    State(site): State<Arc<Site>>,
    method: Method,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, ApiError> {
    if !is_signed_in(&site, &headers).await {
        return Ok(see("/auth/login"));
    }
    let link = link.map(|it| it.0).unwrap_or_default();
    let is_meant = link.signout.as_deref() == Some("true") && came_by_themselves(&headers);
    if !is_meant || is_glance(&method, &headers) {
        return Ok(see("/auth/logout"));
    }
    sign_out(&site, &headers).await?;
    let mut response = see("/");
    take(&site, response.headers_mut());
    Ok(response)
}

/// Where addresses below the ones for signing in lead.
pub(crate) async fn to_sign_in() -> Response {
    see("/auth/login")
}

async fn enter(
    site: &Arc<Site>,
    peer: Option<Extension<Peer>>,
    headers: &HeaderMap,
    words: &'static Words,
    shown: SecretString,
) -> Result<Response, ApiError> {
    let attempt = Attempt {
        shown,
        address: peer.map(|it| it.0.0),
        admits: site.parts.url_sign_in,
    };
    let (status, wrong, wait) = match sign_in(site, attempt).await {
        Ok(signed_in) => {
            note(site).await;
            let mut response = with_cookie(site, &signed_in, StatusCode::SEE_OTHER);
            lead(&mut response, "/");
            return Ok(response);
        }
        Err(Refused::Wrong) => {
            let wrong = words.wrong_code.to_owned();
            (StatusCode::UNAUTHORIZED, wrong, None)
        }
        Err(Refused::Wait(seconds)) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            (status, words.wait(seconds), Some(seconds))
        }
        Err(Refused::Failed(error)) => (error.status(), words.failed(error.code()), None),
    };
    let form = FormWord::of(site, headers)?;
    let page = SignIn::asking(words, form.word(), "/", Some(wrong));
    let mut response = form.given(site, reply(status, &page));
    if let Some(seconds) = wait {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Notes that a link was used, so that an operator sees whether any still is.
async fn note(site: &Site) {
    let entry = AuditEntry {
        at: site.now(),
        actor: "web".to_owned(),
        action: "sign_in_by_link".to_owned(),
        subject: None,
        detail: None,
    };
    if let Err(error) = site.parts.database.audit(entry).await {
        tracing::error!("a sign-in by a link was not written down: {error}");
    }
}

/// Whether nobody looks at it: a browser or a mail program that fetches ahead.
fn is_glance(method: &Method, headers: &HeaderMap) -> bool {
    let purposes = ["sec-purpose", "purpose", "x-moz"].map(HeaderName::from_static);
    let says = |name: &HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    let is_ahead = |it: &str| it.contains("prefetch") || it.contains("preview");
    *method != Method::GET || purposes.iter().filter_map(says).any(is_ahead)
}

/// Whether a person opened the address, or a program did; no page of another site.
fn came_by_themselves(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let is_browser = agent.is_some_and(|it| it.as_bytes().starts_with(b"Mozilla/"));
    same_origin::is_own(headers) || !(is_browser || same_origin::is_foreign(headers))
}
