//! What a caller is told when no attempt led to an answer. Called where attempts are made, and by
//! whoever asks an account for something else than a turn.

use std::time::Duration;

use accounts::{Caller, NoAccount};
use upstream::{Failure, FailureKind};
use web::{ApiError, error_for};

use super::{Asked, Tried, wanted};
use crate::routing::Route;
use crate::{Api, limits};

/// The reply when nobody is left to ask: what went wrong the last time, or why there is nobody.
pub(super) fn given_up(
    api: &Api,
    asked: &Asked<'_>,
    none: &NoAccount,
    route: &Route,
    mut tried: Tried,
) -> ApiError {
    let now = api.clock.since_epoch().as_secs();
    let failure = tried.last.take().or_else(|| {
        let unknown = tried.unknown_model.take();
        unknown.filter(|_| *none == NoAccount::AllTried)
    });
    let Some(mut failure) = failure else {
        return limits::none_reply(none, now).with_attempts(tried.attempts);
    };
    if let FailureKind::RateLimited(wait) = &mut failure.kind {
        // Several accounts have limits: the first to clear is the one to wait for.
        let scopes = limits::scopes(api, route.driver, asked.turn, asked.files);
        let soonest = api.pool.soonest_reset(&wanted(asked, route, &scopes, &[]));
        let soonest = soonest.map(|at| Duration::from_secs(at.saturating_sub(now)));
        *wait = soonest.or(*wait);
    }
    reply(asked.caller, failure, &tried)
}

/// What the caller is told after the attempts made.
pub(super) fn reply(caller: &Caller, failure: Failure, tried: &Tried) -> ApiError {
    error_for(caller, failure).with_attempts(tried.attempts)
}

/// What went wrong, for the log.
pub(super) fn kind_name(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Challenge(_) => "upstream asked for a challenge",
        FailureKind::RateLimited(_) => "the account has reached a limit",
        FailureKind::Unauthorized => "upstream does not accept the account's token",
        FailureKind::UnknownModel(_) => "the account does not have the model",
        _ => "upstream did not answer as it should",
    }
}
