//! The error object every OpenAI endpoint answers with, and the request fault that becomes one.
//!
//! Which HTTP status goes with it is the faces' business (`web::failure_reply`).

use serde::Serialize;
use serde_json::{Map, Value};

/// `{"error": {...}}`
#[derive(Debug, Clone, Serialize)]
pub struct ErrorBody {
    /// The error itself.
    pub error: ErrorObject,
}

/// What went wrong, whose fault it is and what to do.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorObject {
    /// A sentence for people.
    pub message: String,
    /// The class of error, such as `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The request parameter at fault, as a path such as `messages[0].content`.
    pub param: Option<String>,
    /// A word for programs, such as `model_not_found`.
    pub code: Option<String>,
    /// Further facts, such as `challenge` or `retryable`.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

/// A request that cannot be served as written: always the caller's to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRequest {
    /// What is wrong and what to do.
    pub message: String,
    /// The parameter at fault.
    pub param: Option<String>,
    /// A word for programs.
    pub code: Option<&'static str>,
}

impl InvalidRequest {
    /// A fault in one parameter.
    pub fn parameter(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            param: Some(param.into()),
            code: Some("invalid_value"),
        }
    }

    /// A parameter that is well formed but that no driver here can serve.
    pub fn unsupported(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: Some("unsupported_parameter"),
            ..Self::parameter(param, message)
        }
    }

    /// A body that is not the JSON object it should be.
    pub fn body(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            param: None,
            code: Some("invalid_json"),
        }
    }
}
