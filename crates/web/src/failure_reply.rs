//! The one mapping from what went wrong upstream to what the caller is told.
//!
//! Statuses and codes are those of `docs/api.md`; the sentences come with the failure.

use accounts::{Caller, NoAccount, NotAdmitted};
use http::{HeaderName, StatusCode, header};
use upstream::{Challenge, Failure, FailureKind};

use crate::api_error::{ApiError, ErrorClass};

const CHALLENGE: HeaderName = HeaderName::from_static("x-flowgpt-challenge");

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        use ErrorClass::{Authentication, InvalidRequest, RateLimit, Upstream};
        let (status, class, code) = match &failure.kind {
            FailureKind::Challenge(challenge) => return challenge_reply(&failure, challenge),
            FailureKind::Unauthorized => (401, Authentication, "invalid_upstream_token"),
            FailureKind::Deactivated => (403, Upstream, "account_deactivated"),
            FailureKind::Forbidden => (403, Upstream, "account_forbidden"),
            FailureKind::Region => (403, Upstream, "upstream_region_unsupported"),
            FailureKind::UnknownModel(_) => (404, InvalidRequest, "model_not_found"),
            FailureKind::UnknownConversation => (404, InvalidRequest, "conversation_not_found"),
            FailureKind::NotFound => (404, InvalidRequest, "upstream_not_found"),
            FailureKind::TooLong => (413, InvalidRequest, "context_length_exceeded"),
            FailureKind::Rejected => (400, InvalidRequest, "upstream_rejected_request"),
            FailureKind::Moderated => (400, InvalidRequest, "flagged_by_moderation"),
            FailureKind::RateLimited(_) | FailureKind::FeatureLimited(..) => {
                (429, RateLimit, "rate_limit_exceeded")
            }
            FailureKind::Overloaded(_) => (503, Upstream, "upstream_overloaded"),
            FailureKind::Upstream => (502, Upstream, "upstream_error"),
            FailureKind::Unreachable => (502, Upstream, "upstream_unreachable"),
            FailureKind::Tls => (502, Upstream, "upstream_tls"),
            FailureKind::Proxy => (502, Upstream, "egress_proxy"),
            FailureKind::Timeout => (504, Upstream, "upstream_timeout"),
            FailureKind::BadContent => (502, Upstream, "upstream_bad_content"),
            FailureKind::Redirected => (502, Upstream, "upstream_redirect"),
            FailureKind::Stalled => (504, Upstream, "upstream_stalled"),
            FailureKind::Truncated => (502, Upstream, "upstream_truncated"),
            FailureKind::Empty => (502, Upstream, "upstream_empty_answer"),
            FailureKind::HandedOff => (502, Upstream, "upstream_handed_off"),
            FailureKind::NoSuchRange => (416, InvalidRequest, "range_not_satisfiable"),
            FailureKind::FileUpload => (502, Upstream, "file_upload_failed"),
            FailureKind::Downgraded => (502, Upstream, "model_downgraded"),
            FailureKind::BadForm => (422, Upstream, "answer_form_invalid"),
            FailureKind::Rewritten => (502, Upstream, "upstream_rewrote_answer"),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        let error = Self::new(status, class, code, failure.message);
        match failure.kind {
            FailureKind::UnknownModel(_) => error.with_param("model"),
            FailureKind::UnknownConversation => error.with_param("conversation_id"),
            FailureKind::RateLimited(wait)
            | FailureKind::FeatureLimited(_, wait)
            | FailureKind::Overloaded(wait) => {
                let error = match failure.upstream_code {
                    Some(code) => error.with_fact("upstream_code", code),
                    None => error,
                };
                match wait {
                    Some(wait) => error
                        .with_header(header::RETRY_AFTER, &wait.as_secs().to_string())
                        .with_fact("resets_in_seconds", wait.as_secs()),
                    None => error,
                }
            }
            _ => error,
        }
    }
}

/// What a caller is told of a failure: troubles of an account of the pool are not theirs.
pub fn error_for(caller: &Caller, failure: Failure) -> ApiError {
    match failure.kind {
        FailureKind::Unauthorized | FailureKind::Deactivated if caller.uses_pool() => {
            ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorClass::Gateway,
                "no_account_available",
                format!("no account of the gateway could serve the request: {failure}"),
            )
        }
        _ => failure.into(),
    }
}

fn challenge_reply(failure: &Failure, challenge: &Challenge) -> ApiError {
    let name = challenge.kind.name();
    ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::Upstream,
        "upstream_challenge_required",
        failure.message.clone(),
    )
    .with_header(CHALLENGE, name)
    .with_fact("challenge", name)
    .with_fact("driver", challenge.driver.name())
    .with_fact("account", challenge.account.clone())
    .with_fact("egress", challenge.egress.clone())
    .with_fact("retryable", false)
    .with_fact("docs", format!("/docs/challenges#{name}"))
}

impl From<NoAccount> for ApiError {
    fn from(none: NoAccount) -> Self {
        let (status, class, code) = match none {
            NoAccount::Limited { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                ErrorClass::RateLimit,
                "rate_limit_exceeded",
            ),
            NoAccount::UnknownConversation => (
                StatusCode::NOT_FOUND,
                ErrorClass::InvalidRequest,
                "conversation_not_found",
            ),
            NoAccount::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorClass::Gateway,
                "accounts_busy",
            ),
            NoAccount::Store(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorClass::Gateway,
                "store_unavailable",
            ),
            NoAccount::EmptyPool | NoAccount::NoneUsable | NoAccount::AllTried => (
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorClass::Gateway,
                "no_account_available",
            ),
        };
        let error = Self::new(status, class, code, none.to_string());
        match none {
            NoAccount::Busy => error.with_header(header::RETRY_AFTER, "2"),
            _ => error,
        }
    }
}

impl From<NotAdmitted> for ApiError {
    fn from(refused: NotAdmitted) -> Self {
        let message = refused.to_string();
        let forbidden = |code| {
            let class = ErrorClass::InvalidRequest;
            Self::new(StatusCode::FORBIDDEN, class, code, message.clone())
        };
        let limited = |code| {
            let class = ErrorClass::RateLimit;
            Self::new(StatusCode::TOO_MANY_REQUESTS, class, code, message.clone())
        };
        match refused {
            NotAdmitted::Model(_) => forbidden("model_not_allowed").with_param("model"),
            NotAdmitted::Driver(_) => forbidden("driver_not_allowed"),
            NotAdmitted::TooManyAtOnce(_) => limited("key_concurrency_exceeded"),
            NotAdmitted::Budget { resets_at, .. } => {
                limited("key_budget_exceeded").with_fact("resets_at", resets_at)
            }
            NotAdmitted::Store(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorClass::Gateway,
                "store_unavailable",
                message,
            ),
        }
    }
}
