//! The replies of faults that answer in place of the model.

use std::time::SystemTime;

use http::StatusCode;
use serde_json::json;

use crate::reply::Reply;
use crate::responses::errors;
use crate::timestamps::since_epoch;

/// How long a limit lasts that nobody chose.
const LASTS: u64 = 13_371;

/// The reply of a fault.
pub(super) fn reply(name: &str, now: SystemTime) -> Reply {
    // The headers of every reply say the same, except where something says it before them.
    let limit = |status| {
        usage_limit(status, "plus", since_epoch(now).as_secs(), LASTS)
            .with("x-codex-primary-used-percent", "100.0")
            .with("x-codex-primary-reset-after-seconds", LASTS.to_string())
            .with(
                "x-codex-primary-reset-at",
                (since_epoch(now).as_secs() + LASTS).to_string(),
            )
    };
    match name {
        "usage-limit" => limit(StatusCode::TOO_MANY_REQUESTS),
        "usage-limit-404" => limit(StatusCode::NOT_FOUND),
        "usage-not-included" => Reply::json(
            StatusCode::TOO_MANY_REQUESTS,
            &json!({"error": {
                "type": "usage_not_included",
                "message": "To use Codex with your ChatGPT plan, upgrade to Plus.",
                "plan_type": "free",
            }}),
        ),
        "model-unsupported" => Reply::detail(
            StatusCode::BAD_REQUEST,
            "The 'gpt-5.2-codex' model is not supported when using Codex with a ChatGPT account.",
        ),
        "at-capacity" => Reply::detail(
            StatusCode::BAD_REQUEST,
            "Selected model is at capacity. Please try a different model.",
        ),
        _ => error(name),
    }
}

/// The replies that say everything under `error`.
fn error(name: &str) -> Reply {
    let (status, kind, code, message) = match name {
        "rate-limit-exceeded" => (
            429,
            "requests",
            "rate_limit_exceeded",
            "Rate limit reached for requests. Please try again in 2s. (simulated)",
        ),
        "insufficient-quota" => (
            429,
            "insufficient_quota",
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
        "error-token-invalidated" => (
            401,
            "invalid_request_error",
            "token_invalidated",
            "Your authentication token has been invalidated. Please try signing in again.",
        ),
        "error-token-expired" => (
            401,
            "invalid_request_error",
            "token_expired",
            "Provided authentication token is expired. Please try signing in again.",
        ),
        "error-deactivated" => (
            401,
            "invalid_request_error",
            "account_deactivated",
            "Your OpenAI account has been deactivated. Please check your email.",
        ),
        "invalid-key" => return unknown_key("sk-…"),
        "server-overloaded" => (
            503,
            "server_error",
            "server_is_overloaded",
            "Our servers are currently overloaded. Please try again later.",
        ),
        "slow-down" => (503, "server_error", "slow_down", "Slow down, please."),
        _ => (
            500,
            "server_error",
            "server_error",
            "The server had an error while processing your request. Sorry about that!",
        ),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reply = Reply::json(status, &errors::body(kind, Some(code), None, message));
    match name {
        "rate-limit-exceeded" => reply
            .with("retry-after", "2")
            .with("retry-after-ms", "2000"),
        "slow-down" => reply.with("retry-after", "7"),
        _ => reply,
    }
}

/// The reply to a key that is not known.
pub(crate) fn unknown_key(shown: &str) -> Reply {
    let message = format!(
        "Incorrect API key provided: {shown}. You can find your API key at \
         https://platform.openai.com/account/api-keys."
    );
    let body = errors::body(
        "invalid_request_error",
        Some("invalid_api_key"),
        None,
        &message,
    );
    Reply::json(StatusCode::UNAUTHORIZED, &body)
}

/// The reply to one who has used up what the plan gives.
pub(crate) fn usage_limit(status: StatusCode, plan: &str, now: u64, lasts: u64) -> Reply {
    let error = json!({"error": {
        "type": "usage_limit_reached",
        "message": "The usage limit has been reached",
        "plan_type": plan,
        "resets_at": now + lasts,
        "resets_in_seconds": lasts,
    }});
    Reply::json(status, &error)
}
