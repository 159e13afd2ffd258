//! Signing somebody in, whichever way they ask for it: by a page, a script, or a link.

use std::net::IpAddr;
use std::sync::Arc;

use accounts::{Caller, pasted_credential};
use http::{StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use web::{ApiError, ErrorClass, caller_auth};

use crate::body::{is_wrong, stored};
use crate::owner::prove;
use crate::{Site, UrlSignIn};

/// Somebody who has signed in.
#[derive(Debug)]
pub(crate) struct SignedIn {
    /// What the browser keeps.
    pub(crate) token: SecretString,
    /// For how long.
    pub(crate) seconds: i64,
}

/// Why nobody was signed in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// What was shown opens nothing.
    Wrong,
    /// There were too many that opened nothing; so many seconds are to be waited.
    Wait(i64),
    /// It is not known: something else went wrong.
    Failed(ApiError),
}

/// What somebody shows, and how.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// What they pasted.
    pub(crate) shown: SecretString,
    /// Where they are.
    pub(crate) address: Option<IpAddr>,
    /// What it may be.
    pub(crate) admits: UrlSignIn,
}

/// Begins a session for whoever shows something good.
pub(crate) async fn sign_in(site: &Arc<Site>, attempt: Attempt) -> Result<SignedIn, Refused> {
    let trying = Arc::clone(site);
    // A try that is not counted, because its caller goes away, would cost nothing.
    let tried = site.to_its_end(async move { try_once(&trying, attempt).await });
    tried
        .await
        .unwrap_or_else(|error| Err(Refused::Failed(stored(&error))))
}

async fn try_once(site: &Site, attempt: Attempt) -> Result<SignedIn, Refused> {
    let count = site.guesses.of(attempt.address);
    let _turn = count.turn.lock().await;
    if let Some(seconds) = count.throttle.wait(site.now()) {
        return Err(Refused::Wait(seconds));
    }
    let credential = pasted_credential(attempt.shown.expose_secret());
    let found = identify(site, &credential, attempt.admits).await;
    if matches!(found, Err(Refused::Wrong)) {
        // Nothing is forgotten at a success: whoever guesses may have one good code.
        count.throttle.failed(site.now());
    }
    found?;
    let failed = |error| Refused::Failed(stored(&error));
    let token = site.token().map_err(failed)?;
    let callers = &site.parts.callers;
    let until = callers.begin_session(&token, &credential).await;
    let seconds = until.map_err(failed)? - site.now();
    Ok(SignedIn { token, seconds })
}

async fn identify(
    site: &Site,
    credential: &SecretString,
    admits: UrlSignIn,
) -> Result<(), Refused> {
    let parts = &site.parts;
    let shown = credential.expose_secret();
    if shown.is_empty() || admits == UrlSignIn::Off {
        return Err(Refused::Wrong);
    }
    let caller = parts.callers.identify(shown, parts.door).await;
    let caller = caller.map_err(|error| {
        if is_wrong(&error) {
            Refused::Wrong
        } else {
            Refused::Failed(caller_auth::refused(&error))
        }
    })?;
    if admits == UrlSignIn::SeedsOnly && !matches!(caller, Caller::Seed(_)) {
        return Err(Refused::Wrong);
    }
    prove(site, &caller).await.map_err(|error| {
        // Upstream says so of a token that it does not know.
        if error.status() == StatusCode::UNAUTHORIZED {
            Refused::Wrong
        } else {
            Refused::Failed(error)
        }
    })
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wrong => Self::new(
                StatusCode::UNAUTHORIZED,
                ErrorClass::Authentication,
                "invalid_code",
                "this code opens nothing here; check it, or ask whoever gave it to you",
            ),
            Refused::Wait(seconds) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                ErrorClass::RateLimit,
                "too_many_attempts",
                "too many failed attempts to sign in; wait before the next one",
            )
            .with_header(header::RETRY_AFTER, &seconds.to_string()),
            Refused::Failed(error) => error,
        }
    }
}
