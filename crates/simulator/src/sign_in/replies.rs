//! The error replies of the sign-in service: the older form, where the code stands alone, and the
//! newer, where it is a member.

use http::StatusCode;
use serde_json::json;

use super::clients::Client;
use super::families::Refusal;
use crate::reply::Reply;

/// An error in the older form.
pub(super) fn refusal(status: StatusCode, code: &str, description: &str) -> Reply {
    let body = json!({"error": code, "error_description": description});
    Reply::json(status, &body).with("cache-control", "no-store")
}

/// An error in the newer form.
pub(super) fn coded(status: StatusCode, code: &str, message: &str) -> Reply {
    let error = json!({"code": code, "message": message, "type": "invalid_request_error"});
    Reply::json(status, &json!({"error": error})).with("cache-control", "no-store")
}

/// The reply to a parameter that is missing or wrong.
pub(super) fn invalid_request(description: &str) -> Reply {
    refusal(StatusCode::BAD_REQUEST, "invalid_request", description)
}

/// The reply to a program that is not known.
pub(super) fn invalid_client() -> Reply {
    refusal(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        "Unknown client_id.",
    )
}

/// The reply to a code or a token that is not good.
pub(super) fn invalid_grant(description: &str) -> Reply {
    refusal(StatusCode::FORBIDDEN, "invalid_grant", description)
}

/// The reply to a refresh token that nobody gave out, or gave to another client.
pub(super) fn unknown_refresh_token() -> Reply {
    invalid_grant("Unknown or invalid refresh token.")
}

/// The reply to a refresh token that was good once. Only the command line is told more than that.
pub(super) fn refused(client: Client, refusal: Refusal) -> Reply {
    match (client, refusal) {
        (Client::Mobile, _) => unknown_refresh_token(),
        (Client::Codex, Refusal::Reused) => refresh_token_reused(),
        (Client::Codex, Refusal::Revoked) => refresh_token_invalidated(),
    }
}

pub(super) fn refresh_token_reused() -> Reply {
    coded(
        StatusCode::UNAUTHORIZED,
        "refresh_token_reused",
        "Your refresh token has already been used to generate a new access token. Please try \
         signing in again.",
    )
}

pub(super) fn refresh_token_invalidated() -> Reply {
    coded(
        StatusCode::UNAUTHORIZED,
        "refresh_token_invalidated",
        "Your refresh token has been revoked. Please try signing in again.",
    )
}

pub(super) fn refresh_token_expired() -> Reply {
    coded(
        StatusCode::UNAUTHORIZED,
        "refresh_token_expired",
        "Your refresh token has expired. Please try signing in again.",
    )
}

/// The reply to one who wants tokens for something else than a code or a token.
pub(super) fn unsupported_grant_type() -> Reply {
    refusal(
        StatusCode::BAD_REQUEST,
        "unsupported_grant_type",
        "Unsupported grant_type.",
    )
}
