//! Who asks, and whether the account behind them is theirs alone.

use accounts::{Caller, Door};
use http::{HeaderMap, Method, StatusCode};
use web::caller_auth::Authenticated;
use web::{ApiError, ErrorClass, caller_auth, same_origin, session_cookie};

use crate::Gateway;

/// Somebody who may ask.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    /// The workspace the request names; only for somebody's own account.
    pub(crate) workspace: Option<String>,
    /// Whether a browser asks that is signed in, which cannot reach other hosts.
    pub(crate) has_session: bool,
}

impl Visitor {
    /// Reads the headers.
    pub(crate) async fn of(
        gateway: &Gateway,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Self, ApiError> {
        let has_session =
            !caller_auth::is_shown(headers) && session_cookie::token(headers).is_some();
        let may_change = !method.is_safe() || headers.contains_key(http::header::UPGRADE);
        if has_session && may_change {
            refuse_foreign(headers)?;
        }
        let parts = &gateway.parts;
        let who = caller_auth::authenticate(headers, &parts.callers, parts.door).await?;
        let Authenticated { caller, workspace } = who;
        Ok(Self {
            caller,
            workspace,
            has_session,
        })
    }

    /// Whether others use the account too.
    pub(crate) fn shares(&self) -> bool {
        !matches!(self.caller, Caller::OwnToken(_))
    }

    pub(crate) fn owner(&self) -> String {
        self.caller.owner_id()
    }
}

/// Whether whoever showed these headers may still ask; a word that is gone makes no new seed.
pub(crate) async fn is_still_good(gateway: &Gateway, headers: &HeaderMap) -> bool {
    let callers = &gateway.parts.callers;
    let who = caller_auth::authenticate(headers, callers, Door::Closed).await;
    match who {
        Ok(_) => true,
        // A database that does not answer revokes nothing.
        Err(error) => error.status() != StatusCode::UNAUTHORIZED,
    }
}

/// A cookie comes along with whatever another site makes a browser send.
fn refuse_foreign(headers: &HeaderMap) -> Result<(), ApiError> {
    if same_origin::is_own(headers) || session_cookie::check_own_page(headers).is_ok() {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::InvalidRequest,
        "csrf_refused",
        "a request that changes something and shows only a cookie has to come from a page of the \
         gateway's own",
    ))
}
