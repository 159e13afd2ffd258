//! `/v1/responses`: answers as items, kept for who asked for them, and gone on from.
//!
//! What a caller may not see looks as if it were not there. Used by the routes.

mod create;
pub(crate) use create::create;

mod answer;
mod background;
mod chats;
mod context;
mod keeping;
mod live;
mod memory;
mod retrieving;
mod run;
mod socket;
pub use live::Responses;
pub(crate) use retrieving::{cancel, delete, input_items, retrieve};
pub use socket::Sockets;
pub(crate) use socket::connect;

use http::StatusCode;
use store::DatabaseError;
use web::{ApiError, ErrorClass};

/// What a caller is told when the database does not do what was asked.
pub(crate) fn store_error(error: &DatabaseError) -> ApiError {
    tracing::error!("a response could not be kept or read: {error}");
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::Gateway,
        "store_unavailable",
        "the gateway could not use its database; its log says why",
    )
}

/// What is not there, or is another caller's.
pub(crate) fn not_found(code: &str, param: &str, message: String) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        code,
        message,
    )
    .with_param(param)
}
