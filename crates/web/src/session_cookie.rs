//! The cookie of somebody who is signed in to the web chat: its name, its value, its rules.
//!
//! A cookie comes along with whatever another site makes a browser send. So a request that may
//! change something and has nothing but the cookie must carry a header that only a script of our
//! own pages can set. Used by `caller_auth`, by the site, and by the router for the rule.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};

use crate::api_error::{ApiError, ErrorClass};
use crate::caller_auth;

/// The name behind TLS, which a browser takes only from this host and over TLS.
const SECURE_NAME: &str = "__Host-flowgpt_session";
const NAME: &str = "flowgpt_session";

/// What scripts of our own pages send with everything they ask.
const OWN_PAGE: HeaderName = HeaderName::from_static("x-flowgpt-ui");

/// The session's token, as the browser shows it.
pub fn token(headers: &HeaderMap) -> Option<SecretString> {
    let value = value(headers, SECURE_NAME).or_else(|| value(headers, NAME));
    value.map(SecretString::from)
}

/// The header that gives a browser the cookie for so many seconds; an empty one for none.
pub fn given(token: &SecretString, seconds: i64, is_secure: bool) -> Option<HeaderValue> {
    let (name, secure) = if is_secure {
        (SECURE_NAME, "; Secure")
    } else {
        (NAME, "")
    };
    let cookie = format!(
        "{name}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}",
        token.expose_secret()
    );
    let mut value = HeaderValue::try_from(cookie).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The value of a cookie that is not empty.
pub fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let pairs = cookies
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name && !value.is_empty()).then_some(value)
    });
    values.next()
}

/// Refuses what may change something when only the cookie says who asks, unless one of our own
/// pages asks.
pub async fn refuse_forged(request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A socket changes things too, and the rules of origins do not hold for it.
    let may_change = !is_safe(request.method()) || headers.contains_key(header::UPGRADE);
    let is_forgeable = may_change && token(headers).is_some() && !caller_auth::is_shown(headers);
    if is_forgeable && let Err(refused) = check_own_page(headers) {
        return refused.into_response();
    }
    next.run(request).await
}

/// Fails unless a script of our own pages asks.
pub fn check_own_page(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get(OWN_PAGE).is_some_and(|it| it == "1") {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::InvalidRequest,
        "csrf_refused",
        "a request that changes something and shows only a cookie needs the header \
         \"x-flowgpt-ui: 1\"; programs show a key in \"Authorization\" instead",
    ))
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};
    use secrecy::{ExposeSecret, SecretString};

    use super::{given, token};

    fn found(cookies: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().unwrap());
        }
        token(&headers).map(|it| it.expose_secret().to_owned())
    }

    #[test]
    fn the_token_is_found_among_other_cookies_and_the_safer_name_counts() {
        assert_eq!(found(&["a=b; flowgpt_session=t"]).as_deref(), Some("t"));
        assert_eq!(found(&["a=b", "flowgpt_session=t"]).as_deref(), Some("t"));
        let both = ["flowgpt_session=planted; __Host-flowgpt_session=t"];
        assert_eq!(found(&both).as_deref(), Some("t"));
        for none in [
            "",
            "flowgpt_session=",
            "xflowgpt_session=t",
            "flowgpt_session",
        ] {
            assert_eq!(found(&[none]), None, "{none}");
        }
    }

    #[test]
    fn no_script_and_no_other_site_gets_at_the_cookie() {
        let token = SecretString::from("t");
        assert_eq!(
            given(&token, 60, false).unwrap(),
            "flowgpt_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
        );
        assert_eq!(
            given(&token, 60, true).unwrap(),
            "__Host-flowgpt_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
    }
}
