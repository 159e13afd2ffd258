//! A stream that is not a whole answer, as a [`Failure`].

use chatgpt::stream_event::UpstreamFault;
use chatgpt::upstream_error::UpstreamError;
use transcode::reply::web_reader::BrokenStream;

use super::http_answer::quote;
use super::{ChallengeKind, Failure, FailureKind, Place, Retry};

/// What a broken stream means. Never retried: upstream has taken the message.
pub(crate) fn broken_stream(broken: &BrokenStream, place: &Place<'_>) -> Failure {
    let kind = match broken {
        BrokenStream::Reported(fault) => return reported(fault, place),
        BrokenStream::Truncated | BrokenStream::ImagePending { .. } => FailureKind::Truncated,
        BrokenStream::Empty => FailureKind::Empty,
        BrokenStream::HandedOff => FailureKind::HandedOff,
        BrokenStream::OutOfOrder => FailureKind::Rewritten,
        BrokenStream::Malformed => FailureKind::BadContent,
    };
    Failure::new(kind, Retry::Never, broken.to_string())
}

fn reported(fault: &UpstreamFault, place: &Place<'_>) -> Failure {
    if fault.message.to_lowercase().contains("unusual activity") {
        return Failure::challenge(ChallengeKind::UnusualActivity, place, "");
    }
    let kind = match fault.code.as_deref() {
        Some("rate_limit_exceeded" | "model_cap_exceeded") => FailureKind::RateLimited(None),
        Some("server_is_overloaded" | "slow_down") => FailureKind::Overloaded(None),
        _ => FailureKind::Upstream,
    };
    let said = quote(&UpstreamError {
        message: Some(fault.message.clone()),
        ..UpstreamError::default()
    });
    let message = format!("upstream reported an error in its answer{said}");
    Failure {
        upstream_code: fault.code.clone(),
        ..Failure::new(kind, Retry::Never, message)
    }
}
