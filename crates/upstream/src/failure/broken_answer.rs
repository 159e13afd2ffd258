//! An answer of the codex or the platform driver that is not whole, as a [`Failure`].

use std::time::Duration;

use transcode::reply::answer_reader::BrokenAnswer;

use super::{Backend, Failure, FailureKind, Retry, Said};

/// What a broken answer means. Nothing is kept upstream, so as long as nothing of the answer
/// has come it may be asked for again.
pub(crate) fn broken_answer(broken: &BrokenAnswer, has_begun: bool, backend: Backend) -> Failure {
    let failure = match broken {
        BrokenAnswer::Reported(reported) => {
            let said = Said {
                code: reported.code.as_deref(),
                message: Some(&reported.message),
                wait: reported.clears_in.map(Duration::from_secs),
            };
            let known = backend.meaning(&said);
            known.unwrap_or_else(|| backend.reported(&said))
        }
        BrokenAnswer::Truncated => Failure::new(
            FailureKind::Truncated,
            Retry::AnyAccount,
            broken.to_string(),
        ),
        BrokenAnswer::Malformed => {
            Failure::new(FailureKind::BadContent, Retry::Never, broken.to_string())
        }
    };
    if has_begun {
        return Failure {
            retry: Retry::Never,
            ..failure
        };
    }
    failure
}

#[cfg(test)]
mod tests {
    use transcode::reply::answer_reader::{AnswerFault, BrokenAnswer};

    use super::broken_answer;
    use crate::failure::{Backend, FailureKind, Retry};

    #[test]
    fn what_fails_before_the_answer_begins_may_be_asked_again() {
        let reported = |code: &str| {
            BrokenAnswer::Reported(AnswerFault {
                code: Some(code.into()),
                ..AnswerFault::default()
            })
        };
        for (broken, kind, retry) in [
            (
                reported("server_is_overloaded"),
                FailureKind::Overloaded(None),
                Retry::AnyAccount,
            ),
            (
                reported("rate_limit_exceeded"),
                FailureKind::RateLimited(None),
                Retry::OtherAccount,
            ),
            (
                reported("server_error"),
                FailureKind::Upstream,
                Retry::AnyAccount,
            ),
            (reported("of_tomorrow"), FailureKind::Upstream, Retry::Never),
            (
                BrokenAnswer::Truncated,
                FailureKind::Truncated,
                Retry::AnyAccount,
            ),
        ] {
            let before = broken_answer(&broken, false, Backend::Codex);
            assert_eq!((before.kind, before.retry), (kind, retry));
            assert_eq!(
                broken_answer(&broken, true, Backend::Codex).retry,
                Retry::Never
            );
        }
    }
}
