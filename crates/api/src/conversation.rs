//! Opening a conversation: attempts over accounts, until the first event of an answer.
//!
//! Another attempt is made only here, so only before a byte has gone to the caller, and
//! never after a challenge. Called by the handlers.

use std::time::Duration;

use accounts::{Caller, Lease, NoAccount};
use futures_util::StreamExt;
use tokio::time::Instant;
use transcode::turn::Turn;
use transcode::turn_event::{Identity, TurnEvent};
use upstream::web::{Started, TurnStream};
use upstream::{Failure, FailureKind, Retry};
use web::{ApiError, ErrorClass};

use crate::Api;

/// No further attempt is made after this.
const RETRY_WINDOW: Duration = Duration::from_mins(1);

/// Before the first further attempt at most; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// An answer that has begun, or is at least on its way.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) lease: Lease,
    /// What came first.
    pub(crate) first: Vec<TurnEvent>,
    /// What follows.
    pub(crate) stream: TurnStream,
    pub(crate) slug: String,
    pub(crate) effort_dropped: bool,
    pub(crate) keeps_history: bool,
    pub(crate) attempts: u32,
}

/// What was tried.
#[derive(Default)]
struct Tried {
    attempts: u32,
    /// Accounts that cannot serve this request.
    refused: Vec<[u8; 16]>,
    /// Accounts that failed but might serve it the next time.
    failed: Vec<[u8; 16]>,
}

/// Opens a conversation for `caller`, acting for `workspace` if one is named.
pub(crate) async fn open(
    api: &Api,
    caller: &Caller,
    workspace: Option<&str>,
    turn: &Turn,
) -> Result<Opened, ApiError> {
    let begun = Instant::now();
    let mut tried = Tried::default();
    let mut last: Option<Failure> = None;
    loop {
        let lease = match lease(api, caller, turn, &tried) {
            Ok(lease) => lease.for_workspace(workspace.map(str::to_owned)),
            Err(none) => return Err(given_up(caller, none, last, &tried)),
        };
        tried.attempts += 1;
        let key = lease.credential().key();
        let label = lease.credential().label().to_owned();
        let failure = match attempt(api, lease, turn, tried.attempts).await {
            Ok(opened) => return Ok(opened),
            Err(failure) => failure,
        };
        tracing::warn!(
            account.label = label,
            attempt = tried.attempts,
            upstream.status = failure.upstream_status,
            failure.kind = ?failure.kind,
            "an attempt failed: {}", kind_name(&failure),
        );
        let is_last = tried.attempts > api.retry_times || begun.elapsed() > RETRY_WINDOW;
        match failure.retry {
            Retry::Never => return Err(reply(caller, failure, &tried)),
            _ if is_last => return Err(reply(caller, failure, &tried)),
            Retry::OtherAccount => tried.refused.push(key),
            Retry::AnyAccount => {
                tried.failed.push(key);
                tokio::time::sleep(backoff(tried.attempts)).await;
            }
        }
        last = Some(failure);
    }
}

/// An account that was not tried, or else one that might do better the next time.
fn lease(api: &Api, caller: &Caller, turn: &Turn, tried: &Tried) -> Result<Lease, NoAccount> {
    let conversation = turn.conversation_id.as_deref();
    let avoided = [tried.refused.as_slice(), &tried.failed].concat();
    match api.pool.lease(caller, &avoided, conversation) {
        Err(NoAccount::AllTried) => api.pool.lease(caller, &tried.refused, conversation),
        result => result,
    }
}

async fn attempt(api: &Api, lease: Lease, turn: &Turn, attempts: u32) -> Result<Opened, Failure> {
    let Started {
        mut stream,
        slug,
        effort_dropped,
        keeps_history,
    } = api.driver.converse(lease.credential(), turn).await?;
    // The status is decided by the first event, unless upstream takes its time to think.
    let first = match tokio::time::timeout(api.heartbeat, stream.next()).await {
        Ok(Some(events)) => events?,
        Ok(None) | Err(_) => Vec::new(),
    };
    Ok(Opened {
        lease,
        first,
        stream,
        slug,
        effort_dropped,
        keeps_history,
        attempts,
    })
}

/// Between nothing and the longest, so that many callers do not come back together.
fn backoff(attempts: u32) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(1 << attempts.min(10));
    doubled.min(LONGEST_BACKOFF).mul_f64(fastrand::f64())
}

fn given_up(caller: &Caller, none: NoAccount, last: Option<Failure>, tried: &Tried) -> ApiError {
    match last {
        Some(failure) => reply(caller, failure, tried),
        None => ApiError::from(none).with_attempts(tried.attempts),
    }
}

/// What the caller is told after the attempts made.
fn reply(caller: &Caller, failure: Failure, tried: &Tried) -> ApiError {
    error_for(caller, failure).with_attempts(tried.attempts)
}

/// A failure as an error: a bad account is the caller's business only if it is their own.
pub(crate) fn error_for(caller: &Caller, failure: Failure) -> ApiError {
    let is_pool = matches!(caller, Caller::GatewayKey(_));
    match failure.kind {
        FailureKind::Unauthorized | FailureKind::Deactivated if is_pool => ApiError::new(
            http::StatusCode::SERVICE_UNAVAILABLE,
            ErrorClass::Gateway,
            "no_account_available",
            format!("no account of the gateway could serve the request: {failure}"),
        ),
        _ => failure.into(),
    }
}

fn kind_name(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Challenge(_) => "upstream asked for a challenge",
        FailureKind::RateLimited(_) => "the account has reached a limit",
        FailureKind::Unauthorized => "upstream does not accept the account's token",
        FailureKind::UnknownModel(_) => "the account does not have the model",
        _ => "upstream did not answer as it should",
    }
}

impl Opened {
    /// The model that answers, as far as is known.
    pub(crate) fn model(&self) -> &str {
        let named = self.first.iter().find_map(|event| match event {
            TurnEvent::Identity(Identity { model, .. }) => model.as_deref(),
            _ => None,
        });
        named.unwrap_or(&self.slug)
    }
}

/// Remembers which account owns the conversation, before its id goes to the caller.
pub(crate) fn note_owner(api: &Api, lease: &Lease, keeps_history: bool, event: &TurnEvent) {
    if let TurnEvent::Identity(identity) = event
        && let Some(id) = &identity.conversation_id
        && keeps_history
    {
        api.pool.remember_owner(id, lease);
    }
}
