//! An HTTP answer that is not the one wanted, as a [`Failure`].
//!
//! Follows the protocol's table of errors; challenge pages are told from error pages by
//! what they contain. Called by the web driver.

use std::time::Duration;

use chatgpt::upstream_error::UpstreamError;

use super::{ChallengeKind, Failure, FailureKind, Place, Retry};

/// What makes a page a challenge and not just an error.
const CHALLENGE_MARKS: [&str; 3] = ["cf_chl_opt", "challenge-platform", "Just a moment..."];

/// Longest piece of upstream's own words that is passed on.
const MAX_QUOTE_CHARS: usize = 300;

/// The parts of an answer that say what went wrong.
#[derive(Debug)]
pub(crate) struct ErrorAnswer<'a> {
    pub(crate) status: u16,
    pub(crate) is_html: bool,
    /// `cf-mitigated: challenge`
    pub(crate) is_mitigated: bool,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a [u8],
}

impl ErrorAnswer<'_> {
    /// What the answer means.
    pub(crate) fn failure(&self, place: &Place<'_>) -> Failure {
        let error = UpstreamError::read(self.body);
        let mut failure = html_challenge(self, place)
            .or_else(|| known_code(&error, place))
            .unwrap_or_else(|| self.by_status(&error, place));
        failure.upstream_status = Some(self.status);
        failure.upstream_code = error.code;
        failure
    }

    fn by_status(&self, error: &UpstreamError, place: &Place<'_>) -> Failure {
        let said = quote(error);
        let fail = |kind, retry, text: &str| Failure::new(kind, retry, format!("{text}{said}"));
        match self.status {
            300..=399 => fail(
                FailureKind::Redirected,
                Retry::Never,
                "upstream redirected the request, which usually means that it wants a new sign-in",
            ),
            400 | 422 => fail(
                FailureKind::Rejected,
                Retry::Never,
                "upstream did not accept the request",
            ),
            401 => fail(
                FailureKind::Unauthorized,
                Retry::OtherAccount,
                "upstream does not accept the account's AccessToken; sign in again to get a new one",
            ),
            402 => deactivated(),
            403 => forbidden(error, place),
            404 => fail(
                FailureKind::NotFound,
                Retry::Never,
                "upstream found nothing there",
            ),
            413 => fail(
                FailureKind::TooLong,
                Retry::Never,
                "the messages are too long for the model; send less",
            ),
            416 => fail(
                FailureKind::NoSuchRange,
                Retry::Never,
                "the file has no such range of bytes",
            ),
            429 => self.rate_limited(error),
            503 if is_overloaded(error) => fail(
                FailureKind::Overloaded(self.retry_after),
                Retry::AnyAccount,
                "upstream is overloaded; try again shortly",
            ),
            _ => fail(
                FailureKind::Upstream,
                Retry::AnyAccount,
                &format!("upstream failed with status {}", self.status),
            ),
        }
    }

    fn rate_limited(&self, error: &UpstreamError) -> Failure {
        let clears_in = error
            .clears_in
            .map(Duration::from_secs)
            .or(self.retry_after);
        let when = match clears_in {
            Some(wait) => format!("; it clears in {} seconds", wait.as_secs()),
            None => String::new(),
        };
        Failure::new(
            FailureKind::RateLimited(clears_in),
            Retry::OtherAccount,
            format!(
                "the account has reached a limit of ChatGPT{when}{}",
                quote(error)
            ),
        )
    }
}

/// The failure for a page of HTML, if it is a challenge.
pub(super) fn html_challenge(answer: &ErrorAnswer<'_>, place: &Place<'_>) -> Option<Failure> {
    let marked = || {
        let holds = |mark: &str| {
            let mut windows = answer.body.windows(mark.len());
            windows.any(|window| window == mark.as_bytes())
        };
        CHALLENGE_MARKS.iter().any(|mark| holds(mark))
    };
    // A page where JSON or events were due is a challenge, unless it is a plain error page.
    let stands_in = answer.is_html && matches!(answer.status, 200 | 403);
    (answer.is_mitigated || stands_in || (answer.is_html && marked()))
        .then(|| Failure::challenge(ChallengeKind::Cloudflare, place, ""))
}

/// Failures known by upstream's own word, whatever the status.
fn known_code(error: &UpstreamError, place: &Place<'_>) -> Option<Failure> {
    let said = quote(error);
    let fail = |kind, text: &str| Some(Failure::new(kind, Retry::Never, format!("{text}{said}")));
    match error.code.as_deref()? {
        "conversation_not_found" | "conversation_inaccessible" => fail(
            FailureKind::UnknownConversation,
            "the conversation does not exist, or belongs to another account",
        ),
        "model_not_found" => Some(Failure::new(
            FailureKind::UnknownModel(Vec::new()),
            Retry::OtherAccount,
            format!("the account has no such model{said}"),
        )),
        "flagged_by_moderation" => fail(
            FailureKind::Moderated,
            "ChatGPT's moderation refused the prompt",
        ),
        "account_deactivated" | "deactivated_workspace" => Some(deactivated()),
        "unsupported_country_region_territory" => fail(
            FailureKind::Region,
            "ChatGPT does not serve the place this gateway connects from",
        ),
        "phone_verification_required" => Some(Failure::challenge(
            ChallengeKind::PhoneVerification,
            place,
            "",
        )),
        _ => None,
    }
}

fn forbidden(error: &UpstreamError, place: &Place<'_>) -> Failure {
    let said = error.message.as_deref().unwrap_or_default().to_lowercase();
    if said.contains("unusual activity") {
        return Failure::challenge(ChallengeKind::UnusualActivity, place, "");
    }
    if said.contains("phone") {
        return Failure::challenge(ChallengeKind::PhoneVerification, place, "");
    }
    if said.contains("country") || said.contains("region") {
        return Failure::new(
            FailureKind::Region,
            Retry::Never,
            "ChatGPT does not serve the place this gateway connects from",
        );
    }
    Failure::new(
        FailureKind::Forbidden,
        Retry::OtherAccount,
        format!("the account may not do this{}", quote(error)),
    )
}

fn deactivated() -> Failure {
    Failure::new(
        FailureKind::Deactivated,
        Retry::OtherAccount,
        "the account or its workspace is deactivated; use another account",
    )
}

fn is_overloaded(error: &UpstreamError) -> bool {
    matches!(
        error.code.as_deref(),
        Some("server_is_overloaded" | "slow_down")
    )
}

/// Upstream's sentence as an appendix to ours, if it is fit to be passed on.
pub(super) fn quote(error: &UpstreamError) -> String {
    let Some(message) = error.message.as_deref() else {
        return String::new();
    };
    match fit_to_quote(message) {
        Some(plain) => format!(". ChatGPT said: {plain}"),
        None => String::new(),
    }
}

/// As much of a sentence of upstream's as may be passed on; nothing of one that may hold a token.
pub(super) fn fit_to_quote(message: &str) -> Option<String> {
    let marks = ["eyJ", "Bearer ", "sk-", "API key"];
    let holds_secret = marks.iter().any(|mark| message.contains(mark));
    if holds_secret || message.is_empty() {
        return None;
    }
    let plain = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c });
    Some(plain.take(MAX_QUOTE_CHARS).collect())
}
