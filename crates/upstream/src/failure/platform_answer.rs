//! An answer of a server with an API key that is not the one wanted, as a [`Failure`].

use std::time::Duration;

use chatgpt::upstream_error::UpstreamError;

use super::http_answer::html_challenge;
use super::{Backend, ErrorAnswer, Failure, FailureKind, Place, Retry, Said};

/// What the answer means.
pub(crate) fn platform_answer(answer: &ErrorAnswer<'_>, place: &Place<'_>) -> Failure {
    let error = UpstreamError::read(answer.body);
    let said = Said {
        code: error.code.as_deref(),
        message: error.message.as_deref(),
        wait: error
            .clears_in
            .map(Duration::from_secs)
            .or(answer.retry_after),
    };
    let failure = html_challenge(answer, place)
        .or_else(|| Backend::Platform.meaning(&said))
        .unwrap_or_else(|| by_status(answer.status, &said));
    Failure {
        upstream_status: Some(answer.status),
        ..failure
    }
}

fn by_status(status: u16, said: &Said<'_>) -> Failure {
    let fail = |kind, retry, text: &str| Backend::Platform.failure(kind, retry, text, said);
    match status {
        300..=399 => fail(
            FailureKind::Redirected,
            Retry::Never,
            "the server redirected the request; check the base URL of its API key",
        ),
        400 | 405 | 409 | 415 | 422 => fail(
            FailureKind::Rejected,
            Retry::Never,
            "the server did not accept the request",
        ),
        401 => fail(
            FailureKind::Unauthorized,
            Retry::OtherAccount,
            "the server does not accept the API key",
        ),
        402 | 403 => fail(
            FailureKind::Forbidden,
            Retry::OtherAccount,
            "the API key may not do this",
        ),
        404 => fail(
            FailureKind::NotFound,
            Retry::OtherAccount,
            "the server found nothing there: it may not have the route or the model",
        ),
        413 => fail(
            FailureKind::TooLong,
            Retry::Never,
            "the request is too long for the server; send less",
        ),
        429 => Backend::Platform.limited(said),
        503 | 529 => Backend::Platform.overloaded(said),
        status => fail(
            FailureKind::Upstream,
            Retry::AnyAccount,
            &format!("the server failed with status {status}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::platform_answer;
    use crate::DriverKind;
    use crate::failure::{ErrorAnswer, FailureKind, Place, Retry};

    #[test]
    fn statuses_and_words_are_told_apart_and_no_key_is_quoted() {
        let place = Place {
            driver: DriverKind::Platform,
            account: "a",
            egress: "direct",
        };
        for (status, body, kind, retry) in [
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided: sk-ca***ary","code":"invalid_api_key"}}"#,
                FailureKind::Unauthorized,
                Retry::OtherAccount,
            ),
            (
                404,
                r#"{"error":{"message":"no model m","code":"model_not_found"}}"#,
                FailureKind::UnknownModel(Vec::new()),
                Retry::OtherAccount,
            ),
            (
                429,
                r#"{"error":{"type":"insufficient_quota"}}"#,
                FailureKind::RateLimited(None),
                Retry::OtherAccount,
            ),
            (400, "{}", FailureKind::Rejected, Retry::Never),
            (502, "", FailureKind::Upstream, Retry::AnyAccount),
        ] {
            let answer = ErrorAnswer {
                status,
                is_html: false,
                is_mitigated: false,
                retry_after: None,
                body: body.as_bytes(),
            };
            let failure = platform_answer(&answer, &place);
            assert_eq!((failure.kind, failure.retry), (kind, retry), "{body}");
            assert!(!failure.message.contains("sk-"));
        }
    }
}
