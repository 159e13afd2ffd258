//! Getting the rest of an answer that was cut, handed off, or still has a picture to come.
//!
//! First the stream is resumed where it broke; else upstream is asked until the answer is
//! stored, and that is read. Nothing is sent twice: the message is upstream's already.
//! Called by `turn_stream`. Protocol: resume, hand-off, asynchronous image jobs.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use reqwest::Response;
use serde_json::json;
use tokio::time::Instant;

use super::call::Call;
use super::conversations;
use crate::failure::{Failure, FailureKind, Retry};

const RESUME: &str = "/backend-api/f/conversation/resume";

/// As the web page does it.
const MAX_RESUMES: u32 = 12;
const FIRST_RESUME_PAUSE: Duration = Duration::from_millis(300);
const LONGEST_RESUME_PAUSE: Duration = Duration::from_secs(5);

/// Between two looks at what is stored.
const FIRST_POLL: Duration = Duration::from_millis(250);
const LONGEST_POLL: Duration = Duration::from_secs(5);

/// Models think for many minutes, and pictures wait in line; nothing takes longer than this.
const TIMEOUT: Duration = Duration::from_mins(30);

/// What is missing of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Everything after what was read.
    Rest,
    /// A picture.
    Picture,
}

/// What was got.
#[derive(Debug)]
pub(super) enum Recovered {
    /// The stream goes on.
    Stream(Response),
    /// The conversation as it is stored, as JSON.
    Stored(String),
}

/// A recovery under way.
pub(super) type Recovering = Pin<Box<dyn Future<Output = Result<Recovered, Failure>> + Send>>;

/// Where an answer can be gone on with.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) conversation_id: String,
    /// The token upstream gave for resuming.
    pub(super) token: Option<String>,
    /// Events read so far.
    pub(super) offset: u64,
}

/// The recoveries of one answer.
#[derive(Debug)]
pub(super) struct Recovery {
    call: Arc<Call>,
    begun: Option<Instant>,
    resumes: u32,
    polls: u32,
}

impl Recovery {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self {
            call,
            begun: None,
            resumes: 0,
            polls: 0,
        }
    }

    pub(super) fn call(&self) -> &Call {
        &self.call
    }

    /// Begins to get what is missing; `None` when it has taken too long already, or nothing is
    /// kept because nobody has signed in.
    pub(super) fn begin(&mut self, missing: Missing, at: Position) -> Option<Recovering> {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        let deadline = begun + TIMEOUT;
        let is_kept = !self.call.credential.is_anonymous();
        if !is_kept || Instant::now() >= deadline || self.resumes >= MAX_RESUMES {
            return None;
        }
        let call = Arc::clone(&self.call);
        match missing {
            Missing::Rest => {
                self.resumes += 1;
                Some(Box::pin(rest(call, at, deadline)))
            }
            Missing::Picture => {
                let pause = growing(FIRST_POLL, self.polls, LONGEST_POLL);
                self.polls += 1;
                Some(Box::pin(async move {
                    tokio::time::sleep(pause).await;
                    let stored = conversations::stored(&call, &at.conversation_id).await;
                    stored.map(Recovered::Stored)
                }))
            }
        }
    }
}

async fn rest(call: Arc<Call>, at: Position, deadline: Instant) -> Result<Recovered, Failure> {
    if let Some(response) = resumed(&call, &at).await? {
        return Ok(Recovered::Stream(response));
    }
    let mut polls = 0;
    while is_still_written(&call, &at.conversation_id).await? {
        if Instant::now() >= deadline {
            return Err(Failure::new(
                FailureKind::Stalled,
                Retry::Never,
                "upstream did not finish its answer in time",
            ));
        }
        tokio::time::sleep(growing(FIRST_POLL, polls, LONGEST_POLL)).await;
        polls += 1;
    }
    let stored = conversations::stored(&call, &at.conversation_id).await?;
    Ok(Recovered::Stored(stored))
}

/// The stream from where it broke; `None` where upstream has no such thing to give.
async fn resumed(call: &Call, at: &Position) -> Result<Option<Response>, Failure> {
    for tries in 0..MAX_RESUMES {
        match resume(call, at).await {
            Ok(response) => return Ok(Some(response)),
            Err(failure) if is_passing(&failure) => {
                let pause = growing(FIRST_RESUME_PAUSE, tries, LONGEST_RESUME_PAUSE);
                tokio::time::sleep(pause).await;
            }
            Err(failure) if matches!(failure.kind, FailureKind::Challenge(_)) => {
                return Err(failure);
            }
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

async fn resume(call: &Call, at: &Position) -> Result<Response, Failure> {
    let conversation_id = conversations::checked(&at.conversation_id)?;
    let token = at.token.as_deref().unwrap_or("no-token");
    let mut headers = HeaderMap::new();
    if let Ok(mut token) = HeaderValue::from_str(token) {
        token.set_sensitive(true);
        headers.insert("x-conduit-token", token);
    }
    let body = json!({"conversation_id": conversation_id, "offset": at.offset});
    let body = body.to_string().into();
    match call
        .post_for_events(RESUME, headers.clone(), body, true)
        .await
    {
        Ok(accepted) => Ok(accepted.response),
        // One source says that it is a GET.
        Err(failure) if failure.upstream_status == Some(405) => {
            let path = format!(
                "{RESUME}?conversation_id={conversation_id}&offset={}",
                at.offset
            );
            Ok(call.get(&path, headers).await?.response)
        }
        Err(failure) => Err(failure),
    }
}

/// What the web page tries again after.
fn is_passing(failure: &Failure) -> bool {
    let by_status = matches!(
        failure.upstream_status,
        Some(408 | 409 | 425 | 429 | 502 | 504)
    );
    let no_answer = failure.upstream_status.is_none() && failure.retry == Retry::AnyAccount;
    by_status || no_answer
}

async fn is_still_written(call: &Call, conversation_id: &str) -> Result<bool, Failure> {
    match conversations::is_streaming(call, conversation_id).await {
        // Upstream that has no such route keeps nobody waiting.
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(false),
        result => result,
    }
}

fn growing(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.min(10)).min(longest)
}
