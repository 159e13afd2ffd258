//! The error every endpoint of the Messages API answers with.
//!
//! Which one goes with which failure is the faces' business (`web::api_error`).

use serde::Serialize;
use serde_json::{Map, Value};

/// `{"type": "error", "error": {...}}`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorBody<'a> {
    /// Always `error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The error itself.
    pub error: ErrorObject<'a>,
    /// The request's name in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorObject<'a> {
    /// The class of error, such as `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// A sentence for people.
    pub message: &'a str,
    /// Facts for programs, `error_code` among them.
    pub details: Map<String, Value>,
}

/// The class of error that goes with a status.
pub fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}
