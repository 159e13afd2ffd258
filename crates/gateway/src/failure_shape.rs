//! An error as upstream's pages read one: `detail` beside the gateway's own `error`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use web::{ApiError, ErrorClass};

use crate::ownership::NotTheirs;

/// The reply.
pub(crate) fn reply(error: ApiError) -> Response {
    let body = body(&error);
    let mut response = error.into_response();
    *response.body_mut() = Body::from(body.to_string());
    response
}

/// The body, also what a stream that fails ends with.
pub(crate) fn body(error: &ApiError) -> Value {
    let own: Value = serde_json::from_slice(&error.to_json()).unwrap_or_default();
    json!({
        "detail": {"code": error.code(), "message": error.message()},
        "error": own["error"],
    })
}

/// A route that somebody who shares an account may not ask.
pub(crate) fn not_allowed() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::InvalidRequest,
        "route_not_allowed",
        "this account is shared, and nobody who shares it may ask this of it",
    )
}

/// What is not the visitor's, and what is not there: the same for both.
pub(crate) fn not_found() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "not_found",
        "there is no such thing, or it is not yours",
    )
}

/// A request that is wrong in itself.
pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        "invalid_request",
        message,
    )
}

impl From<NotTheirs> for ApiError {
    fn from(reason: NotTheirs) -> Self {
        match reason {
            NotTheirs::Unknown => not_found(),
            NotTheirs::Store(error) => stored(&error),
        }
    }
}

/// The database could not be asked.
pub(crate) fn stored(error: &store::DatabaseError) -> ApiError {
    tracing::error!("the database did not answer: {error}");
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::Gateway,
        "store_unavailable",
        "the gateway's database did not answer; try again shortly",
    )
}
