//! Opening a conversation: attempts over accounts, until the first event of an answer.
//!
//! Another attempt at a turn is made only here, so only before a byte has gone to the caller, and
//! never after a challenge. Called by the handlers.

mod beginning;
mod giving_up;

use std::time::Duration;

use accounts::{Caller, Lease, NoAccount, Outcome, Scope, Wanted, prefix_hash};
use tokio::time::Instant;
use transcode::model_name;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::turn::Turn;
use transcode::turn_event::TurnEvent;
use upstream::{AnswerStream, DriverKind, Failure, FailureKind, PreparedFile, Retry};
use web::ApiError;

use self::beginning::{begin, model_in};
use self::giving_up::{given_up, kind_name, reply};
use crate::Api;
use crate::continuing::{Chat, GoingOn};
use crate::limits;
use crate::routing::Route;
use crate::watch::Watch;

/// No further attempt is made after this.
pub(crate) const RETRY_WINDOW: Duration = Duration::from_mins(1);

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
    /// Whether only what is new may be told, where upstream has the rest.
    pub(crate) may_continue: bool,
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
    /// Whether upstream was told only what is new.
    pub(crate) is_continued: bool,
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
    /// Somebody did not have the model; others may.
    unknown_model: Option<Failure>,
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
    for route in asked.routes {
        match open_on(api, &asked, route, &mut tried, begun).await {
            Ok(opened) => return Ok(opened),
            Err(Ended::ForGood(error)) => return Err(error),
            Err(Ended::Here(none)) => match &nobody {
                Some((known, _)) if *known != NoAccount::AllTried => {}
                _ => nobody = Some((none, route)),
            },
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
) -> Result<Opened, Ended> {
    let scopes = limits::scopes(api, route.driver, asked.turn, asked.files);
    let affinity = affinity(asked);
    let mut renewed: Option<Lease> = None;
    let chat = Chat::of(api, asked, route);
    let mut going_on = match &chat {
        Some(chat) => chat.find(api, asked).await,
        None => None,
    };
    loop {
        let there = match (&renewed, &going_on) {
            (None, Some(it)) => {
                let wanted = wanted(asked, route, &scopes, &[]);
                api.pool.lease_of(&wanted, it.account()).await
            }
            _ => renewed.take(),
        };
        let leased = if let Some(lease) = there {
            Ok(lease)
        } else {
            going_on = None;
            lease(api, asked, route, &scopes, affinity, tried).await
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
        let here = going_on.as_ref().map_or(*asked, |it| it.asked(asked));
        let (failure, lease) = match attempt(api, lease, &here, route, tried.attempts).await {
            Ok(opened) => return Ok(followed(api, asked, chat, going_on.as_ref(), opened)),
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
        if let Some(it) = going_on.take()
            && it.failed(api, &failure).await
        {
            continue;
        }
        let is_last = tried.attempts > api.retry_times || begun.elapsed() > RETRY_WINDOW;
        // Whether a model exists is known without a turn, and another driver may have it.
        if matches!(failure.kind, FailureKind::UnknownModel(_)) && asked.routes.len() > 1 {
            tried.refused.push(key);
            tried.unknown_model.get_or_insert(failure);
            if is_last {
                return Err(Ended::Here(NoAccount::AllTried));
            }
            continue;
        }
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

/// An answer that has begun, with an eye on where its conversation then stands.
fn followed(
    api: &Api,
    asked: &Asked<'_>,
    chat: Option<Chat>,
    going_on: Option<&GoingOn>,
    mut opened: Opened,
) -> Opened {
    if let Some(it) = going_on {
        it.went_on(api);
    }
    opened.is_continued = going_on.is_some();
    let following = chat.map(|chat| chat.following(asked, opened.keeps_history));
    opened.watch = opened.watch.following(following);
    opened
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
                is_continued: false,
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

/// Between nothing and the longest, so that many callers do not come back together.
pub(crate) fn backoff(attempts: u32) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(1 << attempts.min(10));
    doubled.min(LONGEST_BACKOFF).mul_f64(fastrand::f64())
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
