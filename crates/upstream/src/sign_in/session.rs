//! Buys an AccessToken with the session of a browser.
//!
//! Asks the page's host and not the sign-in service, which is why it fails like a driver.
//! A session may be used more than once. Protocol: web session.

use chatgpt::access_token::{Claims, claims};
use chatgpt::{pasted, session_cookie};
use http::header;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::exchange::Answer;
use super::{SignIn, address};
use crate::DriverKind;
use crate::egress::Egress;
use crate::failure::{Failure, FailureKind, Place, Retry};

/// A session, and how it is to be used.
#[derive(Debug, Clone)]
pub struct SessionGrant {
    /// The session token, or the text of the cookies that hold it.
    pub session_token: SecretString,
    /// The page's host: a base URL of the account.
    pub base_url: Url,
    /// Names the account in messages.
    pub label: String,
    /// The account's own way out.
    pub egress: Egress,
}

/// What a session bought. Store it before the AccessToken is used.
#[derive(Debug, Clone)]
pub struct FreshSession {
    /// The AccessToken.
    pub access_token: SecretString,
    /// The session token from now on; none means that the old one stays good.
    pub session_token: Option<SecretString>,
    /// What the AccessToken says about itself.
    pub claims: Claims,
}

impl SignIn {
    /// Shows the session, once.
    pub async fn exchange_session(&self, grant: &SessionGrant) -> Result<FreshSession, Failure> {
        let pasted = grant.session_token.expose_secret();
        let found = session_cookie::value_in(pasted);
        let cookie = session_cookie::header(found.as_deref().unwrap_or(pasted.trim()));
        let place = Place {
            driver: DriverKind::Web,
            account: &grant.label,
            egress: &grant.egress.to_string(),
        };
        let address = address(&grant.base_url, "/api/auth/session");
        let answer = self
            .once(&grant.egress, |client| {
                client.get(address).header(header::COOKIE, cookie)
            })
            .await
            .map_err(|lost| lost.failure(&place))?;
        if !answer.is_success() || answer.is_page() {
            return Err(answer.failure(&place));
        }
        session_in(&answer).ok_or_else(signed_out)
    }
}

fn session_in(answer: &Answer) -> Option<FreshSession> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    let tokens = pasted::read(text)?;
    let access_token = tokens.access_token?;
    let set = answer.set_cookies.iter().map(String::as_str);
    Some(FreshSession {
        claims: claims(&access_token).unwrap_or_default(),
        access_token: access_token.into(),
        session_token: session_cookie::newest(set)
            .or(tokens.session_token)
            .map(SecretString::from),
    })
}

fn signed_out() -> Failure {
    Failure::new(
        FailureKind::Unauthorized,
        Retry::OtherAccount,
        "the session is signed out; sign in at chatgpt.com and import the new session",
    )
}
