//! Errors in OpenAI's form: everything under `error`, with its type, code and parameter.

use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Reply;

/// The body of an error.
pub(crate) fn body(kind: &str, code: Option<&str>, param: Option<&str>, message: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

/// A request that is not as it should be.
pub(crate) fn invalid(code: Option<&str>, param: Option<&str>, message: &str) -> Reply {
    let body = body("invalid_request_error", code, param, message);
    Reply::json(StatusCode::BAD_REQUEST, &body)
}

/// A parameter that must be there and is not.
pub(crate) fn missing(param: &str) -> Reply {
    let message = format!("Missing required parameter: '{param}'.");
    invalid(Some("missing_required_parameter"), Some(param), &message)
}

/// A parameter of a type it cannot have.
pub(crate) fn wrong_type(param: &str, expected: &str) -> Reply {
    let message = format!("Invalid type for '{param}': expected {expected}.");
    invalid(Some("invalid_type"), Some(param), &message)
}

/// A parameter with a value it cannot have.
pub(crate) fn wrong_value(param: &str, value: &Value, supported: &[&str]) -> Reply {
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let supported = supported.join("', '");
    let message = format!("Invalid value: '{value}'. Supported values are: '{supported}'.");
    invalid(Some("invalid_value"), Some(param), &message)
}

/// A parameter nobody knows.
pub(crate) fn unknown(param: &str) -> Reply {
    let message = format!("Unknown parameter: '{param}'.");
    invalid(Some("unknown_parameter"), Some(param), &message)
}

/// The body that is none.
pub(crate) fn not_json() -> Reply {
    invalid(
        None,
        None,
        "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.",
    )
}
