//! Reading JSON bodies into what a handler wants, and errors out of what went wrong.

use axum::body::Body;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use store::DatabaseError;
use web::{ApiError, ErrorClass, json_body};

/// What changes one thing is small.
pub(crate) const SMALL: usize = 1 << 20;

/// Ten thousand AccessTokens are some 15 MB.
pub(crate) const LIST: usize = 32 << 20;

/// A body of at most `limit` bytes.
pub(crate) async fn read<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<T, ApiError> {
    let bytes = json_body::read(headers, body, limit).await?;
    // The error's own text may repeat what is in the body, which may be a token.
    serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = match error.classify() {
            serde_json::error::Category::Data => format!(
                "the body does not have the members it should have, or of another kind (line \
                 {line}, column {column}); see /admin/api/docs"
            ),
            _ => format!("the body is not JSON (line {line}, column {column})"),
        };
        invalid("invalid_body", message)
    })
}

/// The caller's fault.
pub(crate) fn invalid(code: &str, message: impl Into<String>) -> ApiError {
    let class = ErrorClass::InvalidRequest;
    ApiError::new(StatusCode::BAD_REQUEST, class, code, message)
}

/// There is no such thing.
pub(crate) fn not_found(message: &str) -> ApiError {
    let class = ErrorClass::InvalidRequest;
    ApiError::new(StatusCode::NOT_FOUND, class, "not_found", message)
}

/// What the store could not do.
pub(crate) fn stored(error: DatabaseError) -> ApiError {
    match error {
        DatabaseError::NotFound => not_found("there is no such record"),
        DatabaseError::Exists => invalid("exists", "there is one of that name already"),
        error => {
            tracing::error!("the admin could not use the database: {error}");
            ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorClass::Gateway,
                "store_unavailable",
                error.to_string(),
            )
        }
    }
}
