//! The replies of faults that answer instead of a route: upstream's error bodies, Cloudflare's
//! pages, and replies that are not what was asked for.

use http::StatusCode;
use serde_json::json;

use crate::reply::Reply;

/// The reply of a fault, if it is one that replies.
pub(crate) fn reply(name: &str) -> Option<Reply> {
    refusal(name)
        .or_else(|| limit(name))
        .or_else(|| outage(name))
        .or_else(|| wrong_kind(name))
}

/// Cloudflare's interstitial page.
pub(crate) fn cloudflare_challenge(status: StatusCode) -> Reply {
    Reply::html(
        status,
        "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>\
         <noscript>Enable JavaScript and cookies to continue</noscript><script>\
         (function(){window._cf_chl_opt={cvId:'3',cZone:'chatgpt.com',cType:'managed'};\
         var a=document.createElement('script');\
         a.src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1';}());\
         </script></body></html>",
    )
    .with("cf-mitigated", "challenge")
    .with("server", "cloudflare")
}

/// The reply to a token that cannot be read.
pub(crate) fn invalid_jwt() -> Reply {
    token_refused(
        "Could not parse your authentication token. Please try signing in again.",
        "invalid_jwt",
    )
}

/// The reply to a token whose time is over.
pub(crate) fn token_expired() -> Reply {
    token_refused(
        "Provided authentication token is expired. Please try signing in again.",
        "token_expired",
    )
}

/// The reply to a token that has been revoked.
pub(crate) fn token_invalidated() -> Reply {
    token_refused(
        "Your authentication token has been invalidated. Please try signing in again.",
        "token_invalidated",
    )
}

/// The reply to the token of an account that is no more.
pub(crate) fn account_deactivated() -> Reply {
    token_refused(
        "Your account has been deactivated. Please contact support.",
        "account_deactivated",
    )
}

/// The reply to a token that acts for a workspace that is no more.
pub(crate) fn deactivated_workspace() -> Reply {
    Reply::detail(
        StatusCode::PAYMENT_REQUIRED,
        json!({"code": "deactivated_workspace"}),
    )
}

fn token_refused(message: &str, code: &str) -> Reply {
    Reply::detail(
        StatusCode::UNAUTHORIZED,
        json!({"message": message, "type": "invalid_request_error", "param": null, "code": code}),
    )
}

/// Replies to what the caller is or sends.
fn refusal(name: &str) -> Option<Reply> {
    Some(match name {
        "bad-request" => Reply::detail(StatusCode::BAD_REQUEST, "Bad Request"),
        "flagged" => Reply::detail(
            StatusCode::BAD_REQUEST,
            json!({
                "code": "flagged_by_moderation",
                "message": "This content may violate our usage policies.",
            }),
        ),
        "invalid-jwt" => invalid_jwt(),
        "token-expired" => token_expired(),
        "account-deactivated" => account_deactivated(),
        "deactivated-workspace" => deactivated_workspace(),
        "cloudflare" => cloudflare_challenge(StatusCode::FORBIDDEN),
        "unusual-activity" => Reply::unusual_activity(),
        "phone-verification" => Reply::detail(
            StatusCode::FORBIDDEN,
            "Please verify your phone number to continue using ChatGPT.",
        ),
        "region" => Reply::detail(
            StatusCode::FORBIDDEN,
            json!({
                "code": "unsupported_country_region_territory",
                "message": "Country, region, or territory not supported",
                "param": null,
                "type": "request_forbidden",
            }),
        ),
        "forbidden" => Reply::detail(StatusCode::FORBIDDEN, "Forbidden"),
        "conversation-not-found" => {
            Reply::conversation_not_found("00000000-0000-4000-8000-000000000000")
        }
        "model-not-found" => Reply::detail(
            StatusCode::NOT_FOUND,
            json!({"code": "model_not_found", "message": "The requested model was not found."}),
        ),
        "not-found" => Reply::not_found(),
        "method-not-allowed" => Reply::method_not_allowed(),
        "too-long" => Reply::detail(
            StatusCode::PAYLOAD_TOO_LARGE,
            json!({
                "message": "The message you submitted was too long, please reload the \
                            conversation and submit something shorter.",
                "code": "message_length_exceeds_limit",
            }),
        ),
        "unprocessable" => Reply::detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            json!([{
                "loc": ["body", "messages", 0, "author"],
                "msg": "field required",
                "type": "value_error.missing",
            }]),
        ),
        _ => return None,
    })
}

/// Replies to one who asks too much.
fn limit(name: &str) -> Option<Reply> {
    let detail = match name {
        "model-cap" => json!({
            "clears_in": 252,
            "code": "model_cap_exceeded",
            "message": "You have sent too many messages to the model. Please try again later.",
        }),
        "one-at-a-time" => json!(
            "Only one message at a time. Please allow any other responses to complete before \
             sending another message, or wait one minute."
        ),
        "too-many-requests" => json!("Too many requests in 1 hour. Try again later."),
        "rate-limit" => json!({
            "code": "rate_limit_exceeded",
            "message": "Rate limit exceeded. Please try again later.",
            "clears_in": 3600,
        }),
        "rate-limit-html" => {
            return Some(page(
                StatusCode::TOO_MANY_REQUESTS,
                "Error 1015: You are being rate limited",
            ));
        }
        _ => return None,
    };
    let reply = Reply::detail(StatusCode::TOO_MANY_REQUESTS, detail);
    Some(if name == "rate-limit" {
        reply.with("retry-after", "3600")
    } else {
        reply
    })
}

/// Replies of a service that does not work.
fn outage(name: &str) -> Option<Reply> {
    Some(match name {
        "cloudflare-503" => cloudflare_challenge(StatusCode::SERVICE_UNAVAILABLE),
        "internal-error" => {
            Reply::detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        "bad-gateway" => page(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        "overloaded" => Reply::detail(
            StatusCode::SERVICE_UNAVAILABLE,
            json!({
                "code": "server_is_overloaded",
                "message": "Our servers are currently overloaded. Please try again later.",
            }),
        )
        .with("retry-after", "7"),
        "cloudflare-520" => page(
            StatusCode::from_u16(520).unwrap_or(StatusCode::BAD_GATEWAY),
            "520: Web server is returning an unknown error",
        ),
        _ => return None,
    })
}

/// Replies that are fine and still not what was asked for.
fn wrong_kind(name: &str) -> Option<Reply> {
    Some(match name {
        "html-200" => page(StatusCode::OK, "ChatGPT"),
        "json-200" => Reply::ok(&json!({
            "wss_url": "wss://simulator.invalid/client/hubs/conversations",
            "conversation_id": "00000000-0000-4000-8000-000000000001",
            "response_id": "00000000-0000-4000-8000-000000000002",
            "websocket_request_id": "00000000-0000-4000-8000-000000000003",
        })),
        "redirect" => page(StatusCode::FOUND, "Found").with("location", "/auth/login"),
        _ => return None,
    })
}

fn page(status: StatusCode, title: &str) -> Reply {
    Reply::html(
        status,
        format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head>\
             <body><center><h1>{title}</h1></center><hr><center>simulator</center></body></html>"
        ),
    )
    .with("server", "cloudflare")
}
