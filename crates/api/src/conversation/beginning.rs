//! One attempt, up to where it is known who answers. Called where attempts are made.

use std::sync::Arc;
use std::time::Duration;

use accounts::Lease;
use futures_util::StreamExt;
use tokio::time::Instant;
use transcode::emulation::EmulatedTurn;
use transcode::model_name;
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn_event::{Identity, TurnEvent};
use upstream::{AnswerStream, DriverKind, Failure, Question, Started};

use super::Asked;
use crate::Api;
use crate::emulating::{Asker, emulated};
use crate::file_links::LinkScope;
use crate::routing::Route;

/// Starts the turn, and waits until it is known who answers.
pub(super) async fn begin(
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
            Ok(Some(events)) if first.is_empty() => first = events?,
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

/// The model that was named last.
pub(super) fn model_in(events: &[TurnEvent]) -> Option<&str> {
    events.iter().rev().find_map(|event| match event {
        TurnEvent::Identity(Identity { model, .. }) => model.as_deref(),
        _ => None,
    })
}
