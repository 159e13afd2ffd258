//! From the credential a caller shows to a [`Caller`].
//!
//! `Authorization` or `X-Authorization`, with or without `Bearer`. What a credential is,
//! is told by its content; an unknown one never goes upstream.

use accounts::{Caller, GatewayKeys};
use http::{HeaderMap, HeaderName, StatusCode, header};
use upstream::{Clock, Credential, CredentialError};

use crate::api_error::{ApiError, ErrorClass};

const X_AUTHORIZATION: HeaderName = HeaderName::from_static("x-authorization");
const WORKSPACE: HeaderName = HeaderName::from_static("chatgpt-account-id");

/// A caller, and the workspace the headers name.
#[derive(Debug)]
pub struct Authenticated {
    /// Who calls.
    pub caller: Caller,
    /// `ChatGPT-Account-ID`
    pub workspace: Option<String>,
}

/// Reads the headers of a request.
pub fn authenticate(
    headers: &HeaderMap,
    keys: &GatewayKeys,
    clock: &Clock,
) -> Result<Authenticated, ApiError> {
    let presented = presented(headers)?;
    let caller = match keys.identify(presented) {
        Some(key) => Caller::GatewayKey(key),
        None => Caller::OwnToken(own_token(presented, clock)?),
    };
    let workspace = headers.get(WORKSPACE).and_then(|value| value.to_str().ok());
    Ok(Authenticated {
        caller,
        workspace: workspace.filter(|it| !it.is_empty()).map(str::to_owned),
    })
}

/// The one credential of a request.
fn presented(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut found = None;
    for name in [header::AUTHORIZATION, X_AUTHORIZATION] {
        for value in headers.get_all(name) {
            let value = value
                .to_str()
                .map_err(|_| unauthorized("the credential has characters no credential has"))?;
            let value = without_scheme(value.trim());
            if value.is_empty() {
                continue;
            }
            if found.is_some_and(|found| found != value) {
                return Err(ApiError::new(
                    StatusCode::BAD_REQUEST,
                    ErrorClass::InvalidRequest,
                    "conflicting_credentials",
                    "two different credentials were sent; send one",
                ));
            }
            found = Some(value);
        }
    }
    found.ok_or_else(|| {
        unauthorized(
            "no credential was sent; send \"Authorization: Bearer KEY\" with a gateway key \
             or an AccessToken",
        )
    })
}

fn without_scheme(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        None if value.eq_ignore_ascii_case("bearer") => "",
        _ => value,
    }
}

fn own_token(presented: &str, clock: &Clock) -> Result<Credential, ApiError> {
    let credential = Credential::parse(presented, "own token").map_err(|error| match error {
        CredentialError::NeedsExchange => unauthorized(&error.to_string()),
        CredentialError::NotAnAccessToken => {
            unauthorized("the credential is neither a key of this gateway nor an AccessToken")
        }
    })?;
    if credential.is_expired_at(clock.since_epoch().as_secs()) {
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            ErrorClass::Authentication,
            "token_expired",
            "the AccessToken has expired; get a new one from chatgpt.com/api/auth/session",
        ));
    }
    Ok(credential)
}

fn unauthorized(message: &str) -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        ErrorClass::Authentication,
        "invalid_api_key",
        message,
    )
    .with_header(header::WWW_AUTHENTICATE, "Bearer")
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use accounts::{Caller, GatewayKeys};
    use http::HeaderMap;
    use upstream::Clock;

    use super::{Authenticated, authenticate};

    fn ask(headers: &[(&str, &str)]) -> Result<Authenticated, u16> {
        let keys = GatewayKeys::new(&["sk-key".into()]);
        let clock = Clock::new(|| UNIX_EPOCH);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                http::HeaderName::try_from(*name).unwrap(),
                value.parse().unwrap(),
            );
        }
        authenticate(&map, &keys, &clock).map_err(|error| error.status().as_u16())
    }

    fn is_key(headers: &[(&str, &str)]) -> bool {
        matches!(ask(headers).unwrap().caller, Caller::GatewayKey(_))
    }

    #[test]
    fn a_key_is_taken_from_either_header_with_or_without_its_scheme() {
        assert!(is_key(&[("authorization", "Bearer sk-key")]));
        assert!(is_key(&[("authorization", "bearer  sk-key ")]));
        assert!(is_key(&[("authorization", "sk-key")]));
        assert!(is_key(&[("x-authorization", "Bearer sk-key")]));
        assert!(is_key(&[
            ("authorization", "Bearer "),
            ("x-authorization", "sk-key")
        ]));
        assert!(is_key(&[
            ("authorization", "sk-key"),
            ("x-authorization", "Bearer sk-key")
        ]));
    }

    #[test]
    fn an_access_token_is_the_callers_own_with_its_workspace() {
        let own = ask(&[
            ("authorization", "Bearer fk-mine,W"),
            ("chatgpt-account-id", "V"),
        ]);
        let own = own.unwrap();
        assert!(matches!(own.caller, Caller::OwnToken(_)));
        assert_eq!(own.workspace.as_deref(), Some("V"));
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(ask(&[]).unwrap_err(), 401);
        for value in [
            "Bearer",
            "Bearer nonsense",
            "sk-other",
            "rt_refresh",
            "Basic eDp5",
        ] {
            assert_eq!(
                ask(&[("authorization", value)]).unwrap_err(),
                401,
                "{value}"
            );
        }
        let two = [("authorization", "sk-key"), ("x-authorization", "fk-other")];
        assert_eq!(ask(&two).unwrap_err(), 400);
    }
}
