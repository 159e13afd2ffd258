//! Reading JSON bodies, and errors out of what went wrong.

use accounts::NotACaller;
use axum::body::Body;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use store::DatabaseError;
use web::{ApiError, ErrorClass, json_body};

/// Nothing that is read here is longer.
pub(crate) const LIMIT_BYTES: usize = 64 << 10;

/// A body, or nothing of it where there is none.
pub(crate) async fn read<T: DeserializeOwned + Default>(
    headers: &HeaderMap,
    body: Body,
) -> Result<T, ApiError> {
    let bytes = json_body::read(headers, body, LIMIT_BYTES).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    // The error's own text may repeat what is in the body, which may be a token.
    serde_json::from_slice(&bytes).map_err(|_| {
        invalid("the body is not JSON with the members that this route takes").with_param("body")
    })
}

/// The caller's fault.
pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
    let class = ErrorClass::InvalidRequest;
    ApiError::new(StatusCode::BAD_REQUEST, class, "invalid_value", message)
}

/// What the store could not do.
pub(crate) fn stored(error: &DatabaseError) -> ApiError {
    tracing::error!("the web chat could not use the database: {error}");
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::Gateway,
        "store_unavailable",
        "the gateway could not use its database; its log says why",
    )
}

/// Whether it is the credential that is no good, and not the gateway.
pub(crate) fn is_wrong(error: &NotACaller) -> bool {
    use accounts::SeedRefused;
    match error {
        NotACaller::Store(_)
        | NotACaller::TooManyTokens
        | NotACaller::Seed(
            SeedRefused::Store(_) | SeedRefused::NoAccount(_) | SeedRefused::TooMany,
        ) => false,
        NotACaller::Key(_)
        | NotACaller::Expired
        | NotACaller::PlatformKey
        | NotACaller::NotExchanged(_)
        | NotACaller::SignedOut
        | NotACaller::Seed(SeedRefused::Unknown | SeedRefused::NotASeed) => true,
    }
}
