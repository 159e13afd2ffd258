//! Reading JSON bodies and queries into what a handler wants, and errors out of what went wrong.

use axum::body::Body;
use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use store::DatabaseError;
use web::{ApiError, ErrorClass, json_body};

/// Nobody knows yet who sends it.
pub(crate) const STRANGERS: usize = 64 << 10;

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
    let bytes = json_body::read_fixed(headers, body, limit).await?;
    parse(&bytes)
}

/// A body that may be left out.
pub(crate) async fn read_if_any<T: DeserializeOwned + Default>(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<T, ApiError> {
    let bytes = json_body::read_fixed(headers, body, limit).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    parse(&bytes)
}

/// What stands behind the question mark.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::from_request_parts(parts, state).await;
        let Query(asked) = query.map_err(|_| {
            invalid(
                "invalid_query",
                "the query has a value that it should not have; see /admin/api/docs",
            )
        })?;
        Ok(Self(asked))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // The error's own text may repeat what is in the body, which may be a token.
    serde_json::from_slice(bytes).map_err(|error| {
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

/// A name that people give; it is shown in lists and on terminals.
pub(crate) fn check_name(name: &str, param: &str) -> Result<(), ApiError> {
    let is_long = name.chars().count() > 100;
    if is_long || name.trim().is_empty() || name.chars().any(char::is_control) {
        let message = "a name has 1 to 100 characters, and no control characters";
        return Err(invalid("invalid_value", message).with_param(param));
    }
    Ok(())
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
