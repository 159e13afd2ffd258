//! From the credential a caller shows to a [`Caller`].
//!
//! `Authorization`, `X-Authorization` or `X-Api-Key`, with or without `Bearer`. What a credential is,
//! is told by its content; an unknown one never goes upstream. Where none is sent, the cookie of
//! somebody who is signed in stands for one.

use accounts::{Caller, Callers, Door, NotACaller, SeedRefused};
use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::api_error::{ApiError, ErrorClass};
use crate::session_cookie;

const X_AUTHORIZATION: HeaderName = HeaderName::from_static("x-authorization");
/// What clients of Anthropic's send.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
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
pub async fn authenticate(
    headers: &HeaderMap,
    callers: &Callers,
    door: Door,
) -> Result<Authenticated, ApiError> {
    let caller = match (presented(headers)?, session_cookie::token(headers)) {
        (Some(presented), _) => callers.identify(presented, door).await,
        (None, Some(token)) => {
            let session = Box::pin(callers.session(&token)).await;
            session.map(|it| it.caller)
        }
        (None, None) => return Err(nothing_shown()),
    };
    let caller = caller.map_err(|error| refused(&error))?;
    let workspace = headers.get(WORKSPACE).and_then(|value| value.to_str().ok());
    Ok(Authenticated {
        caller,
        workspace: workspace.filter(|it| !it.is_empty()).map(str::to_owned),
    })
}

/// Whether a request shows a credential, good or bad, so that no cookie counts.
pub fn is_shown(headers: &HeaderMap) -> bool {
    !matches!(presented(headers), Ok(None))
}

/// The one credential of a request, if there is one.
fn presented(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut found = None;
    for name in [header::AUTHORIZATION, X_AUTHORIZATION, X_API_KEY] {
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
    Ok(found)
}

fn nothing_shown() -> ApiError {
    unauthorized(
        "no credential was sent; send \"Authorization: Bearer KEY\" with a gateway key or an \
         AccessToken",
    )
}

fn without_scheme(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        None if value.eq_ignore_ascii_case("bearer") => "",
        _ => value,
    }
}

/// What somebody is told whose credential opens nothing.
pub fn refused(error: &NotACaller) -> ApiError {
    let coded = |status, class, code| ApiError::new(status, class, code, error.to_string());
    match error {
        NotACaller::Expired => coded(
            StatusCode::UNAUTHORIZED,
            ErrorClass::Authentication,
            "token_expired",
        ),
        NotACaller::SignedOut => coded(
            StatusCode::UNAUTHORIZED,
            ErrorClass::Authentication,
            "signed_out",
        ),
        NotACaller::Key(_) => coded(
            StatusCode::UNAUTHORIZED,
            ErrorClass::Authentication,
            "api_key_not_usable",
        ),
        NotACaller::Seed(SeedRefused::TooMany) => coded(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorClass::RateLimit,
            "too_many_seeds",
        ),
        NotACaller::TooManyTokens => coded(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorClass::RateLimit,
            "too_many_tokens",
        )
        .with_header(header::RETRY_AFTER, "60"),
        NotACaller::Seed(SeedRefused::NoAccount(none)) => none.clone().into(),
        NotACaller::Store(_) | NotACaller::Seed(SeedRefused::Store(_)) => coded(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorClass::Gateway,
            "store_unavailable",
        ),
        NotACaller::Seed(SeedRefused::Unknown | SeedRefused::NotASeed) => unauthorized(
            "the credential is neither a key of this gateway, nor a seed that it knows, nor a \
             token of ChatGPT",
        ),
        NotACaller::PlatformKey | NotACaller::NotExchanged(_) => unauthorized(&error.to_string()),
    }
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
    use http::HeaderMap;

    use super::presented;

    fn ask(headers: &[(&str, &str)]) -> Result<Option<String>, u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = http::HeaderName::try_from(*name).unwrap();
            map.append(name, value.parse().unwrap());
        }
        let found = presented(&map).map(|it| it.map(str::to_owned));
        found.map_err(|error| error.status().as_u16())
    }

    #[test]
    fn a_credential_is_taken_from_either_header_with_or_without_its_scheme() {
        for headers in [
            &[("authorization", "Bearer sk-key")][..],
            &[("authorization", "bearer  sk-key ")],
            &[("authorization", "sk-key")],
            &[("x-authorization", "Bearer sk-key")],
            &[("x-api-key", "sk-key")],
            &[("authorization", "Bearer sk-key"), ("x-api-key", "sk-key")],
            &[("authorization", "Bearer "), ("x-authorization", "sk-key")],
            &[
                ("authorization", "sk-key"),
                ("x-authorization", "Bearer sk-key"),
            ],
        ] {
            let expected = Ok(Some("sk-key".to_owned()));
            assert_eq!(ask(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn an_empty_one_is_none_and_two_are_refused() {
        assert_eq!(ask(&[]), Ok(None));
        assert_eq!(ask(&[("authorization", "Bearer")]), Ok(None));
        let two = [("authorization", "sk-key"), ("x-authorization", "fk-other")];
        assert_eq!(ask(&two), Err(400));
        let two = [("authorization", "sk-key"), ("x-api-key", "sk-other")];
        assert_eq!(ask(&two), Err(400));
    }
}
