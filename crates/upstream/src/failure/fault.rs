//! What went wrong, by upstream's own word: the same in an error's body and inside a stream.
//!
//! The words are those of the Responses protocol, of the Codex backend and of `OpenAI`'s
//! platform. Called for codex and platform answers.

use std::time::Duration;

use chatgpt::upstream_error::UpstreamError;

use super::http_answer::fit_to_quote;
use super::{ErrorAnswer, Failure, FailureKind, Place, Retry};

/// What upstream said about a fault.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    pub(crate) code: Option<&'a str>,
    pub(crate) message: Option<&'a str>,
    /// Until it clears, where stated.
    pub(crate) wait: Option<Duration>,
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// The Codex backend.
    Codex,
    /// A server with an API key.
    Platform,
}

impl Backend {
    /// What it means, if the word or the sentence is known.
    pub(crate) fn meaning(self, said: &Said<'_>) -> Option<Failure> {
        let message = said.message.unwrap_or_default();
        let fail = |kind, retry, text: &str| Some(self.failure(kind, retry, text, said));
        match said.code.unwrap_or_default() {
            "usage_limit_reached"
            | "rate_limit_exceeded"
            | "rate_limit_error"
            | "insufficient_quota" => Some(self.limited(said)),
            "usage_not_included" => fail(
                FailureKind::Forbidden,
                Retry::OtherAccount,
                "the account's plan does not include Codex",
            ),
            "server_is_overloaded" | "slow_down" | "overloaded_error" => {
                Some(self.overloaded(said))
            }
            "server_error" | "internal_server_error" => fail(
                FailureKind::Upstream,
                Retry::AnyAccount,
                "upstream failed while it answered",
            ),
            "context_length_exceeded" | "string_above_max_length" => fail(
                FailureKind::TooLong,
                Retry::Never,
                "the messages are too long for the model; send less",
            ),
            "invalid_encrypted_content" => fail(
                FailureKind::Rejected,
                Retry::Never,
                "upstream cannot open a thought of the history; leave out what the model thought",
            ),
            "cyber_policy"
            | "content_policy_violation"
            | "moderation_blocked"
            | "flagged_by_moderation" => fail(
                FailureKind::Moderated,
                Retry::Never,
                "upstream's moderation refused the prompt",
            ),
            "invalid_prompt" => fail(
                FailureKind::Rejected,
                Retry::Never,
                "upstream did not accept the prompt",
            ),
            "model_not_found" => Some(self.unknown_model(said)),
            _ if message.contains("is not supported when using Codex") => {
                Some(self.unknown_model(said))
            }
            _ if message.contains("at capacity") => Some(self.overloaded(said)),
            _ => None,
        }
    }

    /// Any other fault inside an answer.
    pub(crate) fn reported(self, said: &Said<'_>) -> Failure {
        self.failure(
            FailureKind::Upstream,
            Retry::Never,
            "upstream reported an error in its answer",
            said,
        )
    }

    pub(super) fn failure(
        self,
        kind: FailureKind,
        retry: Retry,
        text: &str,
        said: &Said<'_>,
    ) -> Failure {
        let who = match self {
            Self::Codex => "ChatGPT",
            Self::Platform => "The server",
        };
        let message = match said.message.and_then(fit_to_quote) {
            Some(quote) => format!("{text}. {who} said: {quote}"),
            None => text.to_owned(),
        };
        Failure {
            upstream_code: said.code.map(str::to_owned),
            ..Failure::new(kind, retry, message)
        }
    }

    pub(super) fn limited(self, said: &Said<'_>) -> Failure {
        let wait = said.wait.or_else(|| said.message.and_then(stated_wait));
        let when = match wait {
            Some(wait) => format!("; it clears in {} seconds", whole_seconds(wait)),
            None => String::new(),
        };
        let whose = match self {
            Self::Codex => "the account has reached a limit of Codex",
            Self::Platform => "the API key has reached a limit of its server",
        };
        self.failure(
            FailureKind::RateLimited(wait),
            Retry::OtherAccount,
            &format!("{whose}{when}"),
            said,
        )
    }

    pub(super) fn overloaded(self, said: &Said<'_>) -> Failure {
        self.failure(
            FailureKind::Overloaded(said.wait),
            Retry::AnyAccount,
            "upstream is overloaded; try again shortly",
            said,
        )
    }

    fn unknown_model(self, said: &Said<'_>) -> Failure {
        self.failure(
            FailureKind::UnknownModel(Vec::new()),
            Retry::OtherAccount,
            "the account has no such model",
            said,
        )
    }
}

/// An answer of the Codex backend that is not the one wanted; `full_until` is when the limits
/// in its headers clear.
pub(crate) fn codex_answer(
    answer: &ErrorAnswer<'_>,
    full_until: Option<Duration>,
    place: &Place<'_>,
) -> Failure {
    let error = UpstreamError::read(answer.body);
    let failure = answer.failure(place);
    if matches!(failure.kind, FailureKind::Challenge(_)) {
        return failure;
    }
    let stated = error.clears_in.map(Duration::from_secs);
    let said = Said {
        code: error.code.as_deref(),
        message: error.message.as_deref(),
        wait: stated.or(full_until).or(answer.retry_after),
    };
    let meaning = match answer.status {
        429 => Backend::Codex
            .meaning(&said)
            .or(Some(Backend::Codex.limited(&said))),
        _ => Backend::Codex.meaning(&said),
    };
    Failure {
        upstream_status: Some(answer.status),
        ..meaning.unwrap_or(failure)
    }
}

/// "Please try again in 1.2s"
fn stated_wait(message: &str) -> Option<Duration> {
    let (_, rest) = message.split_once("try again in ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = rest.split_at(end);
    let number: f64 = number.trim_end_matches('.').parse().ok()?;
    let seconds = if unit.starts_with("ms") {
        number / 1000.0
    } else if unit.trim_start().starts_with('m') {
        number * 60.0
    } else {
        number
    };
    Duration::try_from_secs_f64(seconds).ok()
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Backend, Said, codex_answer, stated_wait};
    use crate::DriverKind;
    use crate::failure::{ErrorAnswer, Failure, FailureKind, Place, Retry};

    const PLACE: Place<'_> = Place {
        driver: DriverKind::Codex,
        account: "a",
        egress: "direct",
    };

    const HOUR: Duration = Duration::from_hours(1);

    fn read(status: u16, body: &str) -> Failure {
        let answer = ErrorAnswer {
            status,
            is_html: false,
            is_mitigated: false,
            retry_after: None,
            body: body.as_bytes(),
        };
        codex_answer(&answer, Some(HOUR), &PLACE)
    }

    #[test]
    fn a_limit_is_one_whatever_the_status() {
        let stated = r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":60}}"#;
        let unstated = r#"{"error":{"type":"usage_limit_reached","message":"x"}}"#;
        for (status, body, wait) in [
            (429, stated, Duration::from_mins(1)),
            (404, unstated, HOUR),
            (429, "{}", HOUR),
        ] {
            let failure = read(status, body);
            assert_eq!(failure.kind, FailureKind::RateLimited(Some(wait)), "{body}");
            assert_eq!(failure.retry, Retry::OtherAccount);
            assert_eq!(failure.upstream_status, Some(status));
        }
    }

    #[test]
    fn upstreams_word_counts_before_the_status() {
        use FailureKind as Kind;
        let unsupported = r#"{"detail":"The 'gpt-x' model is not supported when using Codex with a ChatGPT account."}"#;
        let unknown = Kind::UnknownModel(Vec::new());
        let coded = |code: &str| format!(r#"{{"error":{{"code":"{code}"}}}}"#);
        let (never, other) = (Retry::Never, Retry::OtherAccount);
        for (status, body, kind, retry) in [
            (403, coded("usage_not_included"), Kind::Forbidden, other),
            (400, unsupported.to_owned(), unknown, other),
            (400, coded("context_length_exceeded"), Kind::TooLong, never),
            (
                400,
                coded("invalid_encrypted_content"),
                Kind::Rejected,
                never,
            ),
            (
                400,
                r#"{"detail":"Unsupported parameter: x"}"#.to_owned(),
                Kind::Rejected,
                never,
            ),
            (
                503,
                coded("slow_down"),
                Kind::Overloaded(Some(HOUR)),
                Retry::AnyAccount,
            ),
            (401, coded("token_invalidated"), Kind::Unauthorized, other),
            (401, coded("account_deactivated"), Kind::Deactivated, other),
        ] {
            let failure = read(status, &body);
            assert_eq!((failure.kind, failure.retry), (kind, retry), "{body}");
        }
    }

    #[test]
    fn a_wait_is_read_from_the_sentence_and_a_key_is_never_quoted() {
        assert_eq!(
            stated_wait("Please try again in 1.2s."),
            Some(Duration::from_millis(1200))
        );
        assert_eq!(
            stated_wait("try again in 20ms"),
            Some(Duration::from_millis(20))
        );
        assert_eq!(stated_wait("try again later"), None);
        let said = Said {
            code: Some("rate_limit_exceeded"),
            message: Some("the key sk-canary has run out"),
            wait: None,
        };
        let failure = Backend::Platform.meaning(&said).unwrap();
        assert!(!failure.message.contains("canary"));
    }
}
