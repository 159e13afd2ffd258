//! Opening a conversation: attempts over accounts, until the first event of an answer.
//!
//! Another attempt is made only here, so only before a byte has gone to the caller, and
//! never after a challenge. Called by the handlers.

use std::sync::Arc;
use std::time::Duration;

use accounts::{Caller, Lease, NoAccount, Outcome, Scope, Wanted, prefix_hash};
use futures_util::StreamExt;
use tokio::time::Instant;
use transcode::emulation::EmulatedTurn;
use transcode::model_name;
use transcode::reply::answer_style::{ActivityFormat, AnswerStyle, ReasoningFormat};
use transcode::turn::Turn;
use transcode::turn_event::{Identity, TurnEvent};
use upstream::{
    AnswerStream, DriverKind, Failure, FailureKind, PreparedFile, Question, Retry, Started,
};
use web::{ApiError, ErrorClass};

use crate::Api;
use crate::emulating::{Asker, emulated};
use crate::file_links::LinkScope;
use crate::limits;
use crate::routing::Route;
use crate::watch::Watch;

/// No further attempt is made after this.
const RETRY_WINDOW: Duration = Duration::from_mins(1);

/// Before the first further attempt at most; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// What is asked, by whom, and how the answer is to be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) caller: &'a Caller,
    /// The workspace to act for, if one is named.
    pub(crate) workspace: Option<&'a str>,
    pub(crate) turn: &'a Turn,
    /// The drivers that can serve it, the preferred one first; at least one.
    pub(crate) routes: &'a [Route],
    /// Whether an answer as upstream sends it is of use.
    pub(crate) wants_native: bool,
    pub(crate) files: &'a [PreparedFile],
    pub(crate) reasoning: ReasoningFormat,
    pub(crate) activity: ActivityFormat,
    /// Where links in the answer lead, without a slash at the end.
    pub(crate) base: &'a str,
}

/// An answer that has begun, or is at least on its way.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) watch: Watch,
    /// What came first.
    pub(crate) first: Vec<TurnEvent>,
    /// What follows.
    pub(crate) stream: AnswerStream,
    pub(crate) slug: String,
    /// Parameters that the account or the model had no place for.
    pub(crate) dropped: Vec<&'static str>,
    pub(crate) keeps_history: bool,
    /// Whether the answer holds upstream's own events.
    pub(crate) is_native: bool,
    pub(crate) route: Route,
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
    /// Whether a token was renewed because upstream had rejected it.
    was_renewed: bool,
    /// What went wrong the last time.
    last: Option<Failure>,
}

/// How a route ended without an answer.
enum Ended {
    /// Nothing more is to be tried.
    ForGood(ApiError),
    /// This driver has nobody who can; another may have.
    Here(NoAccount),
}

/// Opens a conversation: on the first driver that has an account for it.
pub(crate) async fn open(api: &Api, asked: Asked<'_>) -> Result<Opened, ApiError> {
    let begun = Instant::now();
    let mut tried = Tried::default();
    let mut nobody = None;
    for (index, route) in asked.routes.iter().enumerate() {
        let is_last = index + 1 == asked.routes.len();
        match open_on(api, &asked, route, &mut tried, begun, is_last).await {
            Ok(opened) => return Ok(opened),
            Err(Ended::ForGood(error)) => return Err(error),
            Err(Ended::Here(none)) => _ = nobody.get_or_insert((none, route)),
        }
        // An account that failed on one driver may serve on another.
        tried.refused.clear();
        tried.failed.clear();
        tried.was_renewed = false;
    }
    let Some((none, route)) = nobody else {
        return Err(NoAccount::EmptyPool.into());
    };
    Err(given_up(api, &asked, &none, route, tried))
}

/// Makes attempts on one driver.
async fn open_on(
    api: &Api,
    asked: &Asked<'_>,
    route: &Route,
    tried: &mut Tried,
    begun: Instant,
    is_last_route: bool,
) -> Result<Opened, Ended> {
    let scopes = limits::scopes(api, route.driver, asked.turn, asked.files);
    let affinity = affinity(asked);
    let mut renewed: Option<Lease> = None;
    loop {
        let leased = match renewed.take() {
            Some(lease) => Ok(lease),
            None => lease(api, asked, route, &scopes, affinity, tried).await,
        };
        let lease = match leased {
            Ok(lease) => lease.for_workspace(asked.workspace.map(str::to_owned)),
            Err(none @ (NoAccount::UnknownConversation | NoAccount::Store(_))) => {
                return Err(Ended::ForGood(none.into()));
            }
            Err(none) => return Err(Ended::Here(none)),
        };
        tried.attempts += 1;
        let key = lease.credential().key();
        let (failure, lease) = match attempt(api, lease, asked, route, tried.attempts).await {
            Ok(opened) => return Ok(opened),
            Err(failed) => failed,
        };
        if failure.kind == FailureKind::Unauthorized && !tried.was_renewed {
            tried.was_renewed = true;
            renewed = api.pool.renewed(lease).await;
            if renewed.is_some() {
                tried.last = Some(failure);
                continue;
            }
        }
        // Whether a model exists is known without a turn, and another driver may have it.
        if matches!(failure.kind, FailureKind::UnknownModel(_)) && !is_last_route {
            tried.last.get_or_insert(failure);
            return Err(Ended::Here(NoAccount::AllTried));
        }
        let is_last = tried.attempts > api.retry_times || begun.elapsed() > RETRY_WINDOW;
        match failure.retry {
            Retry::Never => return Err(Ended::ForGood(reply(asked.caller, failure, tried))),
            _ if is_last => return Err(Ended::ForGood(reply(asked.caller, failure, tried))),
            Retry::OtherAccount => tried.refused.push(key),
            Retry::AnyAccount => {
                tried.failed.push(key);
                tokio::time::sleep(backoff(tried.attempts)).await;
            }
        }
        tried.last = Some(failure);
    }
}

/// An account that was not tried, or else one that might do better the next time.
async fn lease(
    api: &Api,
    asked: &Asked<'_>,
    route: &Route,
    scopes: &[Scope],
    affinity: Option<u64>,
    tried: &Tried,
) -> Result<Lease, NoAccount> {
    let avoided = [tried.refused.as_slice(), &tried.failed].concat();
    let wanted = Wanted {
        affinity,
        ..wanted(asked, route, scopes, &avoided)
    };
    match api.pool.lease(&wanted).await {
        Err(NoAccount::AllTried) if !tried.failed.is_empty() => {
            let again = Wanted {
                tried: &tried.refused,
                ..wanted
            };
            api.pool.lease(&again).await
        }
        result => result,
    }
}

fn wanted<'a>(
    asked: &Asked<'a>,
    route: &Route,
    scopes: &'a [Scope],
    tried: &'a [[u8; 16]],
) -> Wanted<'a> {
    Wanted {
        caller: asked.caller,
        driver: route.driver,
        tried,
        conversation_id: asked.turn.conversation_id.as_deref(),
        scopes,
        affinity: None,
    }
}

/// What stands for the conversation so far: its owner, its model and its first message.
fn affinity(asked: &Asked<'_>) -> Option<u64> {
    let first = asked.turn.messages.first()?.joined_text();
    let prefix = [asked.caller.owner_id().as_str(), &asked.turn.model, &first].join("\n");
    Some(prefix_hash(prefix.as_bytes()))
}

/// One attempt; what went wrong is noted where the next one looks.
async fn attempt(
    api: &Api,
    lease: Lease,
    asked: &Asked<'_>,
    route: &Route,
    attempts: u32,
) -> Result<Opened, (Failure, Lease)> {
    match begin(api, &lease, asked, route).await {
        Ok((started, first)) => {
            lease.answered();
            let watch = Watch::new(lease, asked.caller.clone(), started.keeps_history);
            watch.remember(api, &first).await;
            Ok(Opened {
                watch,
                first,
                stream: started.stream,
                slug: started.slug,
                dropped: started.dropped,
                keeps_history: started.keeps_history,
                is_native: started.is_native,
                route: route.clone(),
                attempts,
            })
        }
        Err(failure) => {
            tracing::warn!(
                account.label = lease.credential().label(),
                attempt = attempts,
                driver = route.driver.name(),
                upstream.status = failure.upstream_status,
                failure.kind = ?failure.kind,
                "an attempt failed: {}", kind_name(&failure),
            );
            let now = api.clock.since_epoch().as_secs();
            let model = limits::model_key(route.driver, &asked.turn.model);
            lease.ended(Outcome::of_failure(&failure, &model, now));
            Err((failure, lease))
        }
    }
}

/// Starts the turn, and waits until it is known who answers.
async fn begin(
    api: &Api,
    lease: &Lease,
    asked: &Asked<'_>,
    route: &Route,
) -> Result<(Started, Vec<TurnEvent>), Failure> {
    let style = AnswerStyle {
        reasoning: asked.reasoning,
        activity: asked.activity,
        links: api.links.links(LinkScope {
            base: asked.base.to_owned(),
            owner: asked.caller.owner_id(),
            account: lease.credential().key(),
            now: api.clock.since_epoch().as_secs(),
        }),
    };
    let in_words = route.in_words.as_deref();
    let question = Question {
        turn: in_words.map_or(asked.turn, |it| &it.turn),
        files: asked.files,
        style: &style,
        wants_native: asked.wants_native,
    };
    let driver = route.driver;
    let conversing = api.drivers.converse(driver, lease.credential(), question);
    let mut started = conversing.await?;
    if let Some(EmulatedTurn { turn, plan }) = in_words {
        let again = Asker {
            drivers: api.drivers.clone(),
            driver,
            credential: lease.credential().clone(),
            turn: turn.clone(),
            files: asked.files.to_vec(),
            style: style.clone(),
        };
        started.stream = emulated(again, Arc::clone(plan), started.stream);
    }
    let first = first_events(&mut started.stream, api.heartbeat).await?;
    let served = model_in(&first).filter(|_| driver == DriverKind::Web);
    if let Some(served) = served.filter(|it| model_name::is_downgrade(&started.slug, it)) {
        api.downgrade.judge(&started.slug, served)?;
    }
    Ok((started, first))
}

/// Everything until it is known who answers: the status is decided by that, unless upstream
/// takes its time to think.
async fn first_events(
    stream: &mut AnswerStream,
    patience: Duration,
) -> Result<Vec<TurnEvent>, Failure> {
    let deadline = Instant::now() + patience;
    let mut first = Vec::new();
    while !has_begun(&first) {
        match tokio::time::timeout_at(deadline, stream.next()).await {
            Ok(Some(events)) => first.extend(events?),
            Ok(None) | Err(_) => break,
        }
    }
    Ok(first)
}

fn has_begun(events: &[TurnEvent]) -> bool {
    let shows = |event: &TurnEvent| match event {
        TurnEvent::Identity(identity) => identity.model.is_some(),
        TurnEvent::Title(_) | TurnEvent::Limits(_) | TurnEvent::Native(_) => false,
        _ => true,
    };
    events.iter().any(shows)
}

fn model_in(events: &[TurnEvent]) -> Option<&str> {
    events.iter().rev().find_map(|event| match event {
        TurnEvent::Identity(Identity { model, .. }) => model.as_deref(),
        _ => None,
    })
}

/// Between nothing and the longest, so that many callers do not come back together.
fn backoff(attempts: u32) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(1 << attempts.min(10));
    doubled.min(LONGEST_BACKOFF).mul_f64(fastrand::f64())
}

fn given_up(
    api: &Api,
    asked: &Asked<'_>,
    none: &NoAccount,
    route: &Route,
    mut tried: Tried,
) -> ApiError {
    let now = api.clock.since_epoch().as_secs();
    let Some(mut failure) = tried.last.take() else {
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
fn reply(caller: &Caller, failure: Failure, tried: &Tried) -> ApiError {
    error_for(caller, failure).with_attempts(tried.attempts)
}

/// A failure as an error: a bad account is the caller's business only if it is their own.
pub(crate) fn error_for(caller: &Caller, failure: Failure) -> ApiError {
    let is_pool = caller.uses_pool();
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
        model_in(&self.first).unwrap_or(&self.slug)
    }

    /// Whether another model answers than was asked for.
    pub(crate) fn is_downgraded(&self) -> bool {
        self.route.driver == DriverKind::Web && model_name::is_downgrade(&self.slug, self.model())
    }
}
