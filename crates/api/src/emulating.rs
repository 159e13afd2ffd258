//! Answers of a driver that has neither tools nor forms of answers: what was asked for in words is
//! found in the text, checked, and asked for once more if it is not as agreed.
//!
//! How it is asked and found is `transcode::emulation`'s. Called where attempts are made.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use openai::chat_completion::FinishReason;
use transcode::emulation::{self, CallDetector, Delivery, FormatKeeper, Plan, Violation};
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn::Turn;
use transcode::turn_event::TurnEvent;
use upstream::{
    AnswerStream, Credential, DriverKind, Drivers, Failure, FailureKind, PreparedFile, Question,
    Retry,
};
use uuid::Uuid;

/// What is needed to ask once more.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) drivers: Drivers,
    pub(crate) driver: DriverKind,
    pub(crate) credential: Credential,
    /// The turn in words.
    pub(crate) turn: Turn,
    pub(crate) files: Vec<PreparedFile>,
    pub(crate) style: AnswerStyle,
}

struct Emulated {
    asker: Asker,
    plan: Arc<Plan>,
    inner: AnswerStream,
    /// Nothing only while they check.
    checks: Option<Checks>,
    /// Calls are handed out together at the end, when all of them are known to be good.
    calls: Vec<TurnEvent>,
    has_shown_text: bool,
    is_second: bool,
}

/// What finds calls in the text, and what is wrong with it.
struct Checks {
    detector: CallDetector,
    keeper: FormatKeeper,
}

impl Checks {
    fn new(plan: &Arc<Plan>) -> Self {
        let new_id = || Uuid::new_v4().simple().to_string();
        Self {
            detector: CallDetector::new(Arc::clone(plan), Delivery::Checked, new_id),
            keeper: FormatKeeper::new(Arc::clone(plan)),
        }
    }

    fn violation(&self) -> Option<Violation> {
        let of_calls = self.detector.violations().first();
        of_calls.or(self.keeper.violation()).cloned()
    }
}

/// The answer with its calls found and its form checked.
pub(crate) fn emulated(asker: Asker, plan: Arc<Plan>, inner: AnswerStream) -> AnswerStream {
    let state = Emulated {
        checks: Some(Checks::new(&plan)),
        asker,
        plan,
        inner,
        calls: Vec::new(),
        has_shown_text: false,
        is_second: false,
    };
    AnswerStream::new(stream::try_unfold(state, |mut state| async move {
        let events = state.next().await?;
        Ok(events.map(|events| (events, state)))
    }))
}

impl Emulated {
    /// The next events; nothing at the end.
    async fn next(&mut self) -> Result<Option<Vec<TurnEvent>>, Failure> {
        while let Some(batch) = self.inner.next().await {
            let (events, checks) = self.checked(batch?).await?;
            if let Some(violation) = checks.violation() {
                self.ask_again(&violation, checks.detector.answer()).await?;
                continue;
            }
            self.checks = Some(checks);
            let events = self.shown(events);
            if !events.is_empty() {
                return Ok(Some(events));
            }
        }
        Ok(None)
    }

    /// Looks at what came; a schema of the caller's may take its time, so not on an async thread.
    async fn checked(
        &mut self,
        mut events: Vec<TurnEvent>,
    ) -> Result<(Vec<TurnEvent>, Checks), Failure> {
        let checks = self.checks.take();
        let mut checks = checks.unwrap_or_else(|| Checks::new(&self.plan));
        let checking = tokio::task::spawn_blocking(move || {
            checks.detector.apply(&mut events);
            checks.keeper.apply(&mut events);
            (events, checks)
        });
        checking.await.map_err(|_| {
            let message = "the answer could not be checked";
            Failure::new(FailureKind::BadForm, Retry::Never, message)
        })
    }

    /// Asks once more, with the answer that was wrong.
    async fn ask_again(&mut self, violation: &Violation, answer: &str) -> Result<(), Failure> {
        if self.is_second {
            let message = format!(
                "the model did not answer in the form that was asked for, nor when it was told so: \
                 {violation}"
            );
            return Err(Failure::new(FailureKind::BadForm, Retry::Never, message));
        }
        tracing::info!("an emulated answer is asked for once more");
        let asker = &self.asker;
        let turn = emulation::repair_turn(&asker.turn, answer, violation);
        let question = Question {
            turn: &turn,
            files: &asker.files,
            style: &asker.style,
            wants_native: false,
        };
        let asking = asker
            .drivers
            .converse(asker.driver, &asker.credential, question);
        self.inner = asking.await?.stream;
        self.checks = Some(Checks::new(&self.plan));
        self.calls.clear();
        self.is_second = true;
        Ok(())
    }

    /// What of the events goes on: text that was shown before is not shown again, and calls wait.
    fn shown(&mut self, events: Vec<TurnEvent>) -> Vec<TurnEvent> {
        let mut shown = Vec::with_capacity(events.len());
        for event in events {
            match event {
                TurnEvent::ToolCall(_)
                | TurnEvent::ToolInput { .. }
                | TurnEvent::ToolCallEnded { .. } => self.calls.push(event),
                TurnEvent::Text(_) | TurnEvent::Rewritten(_) | TurnEvent::Citation(_)
                    if self.is_second && self.has_shown_text => {}
                TurnEvent::Finish(reason) => {
                    let mut calls = std::mem::take(&mut self.calls);
                    if reason != FinishReason::Length {
                        shown.append(&mut calls);
                    }
                    shown.push(TurnEvent::Finish(reason));
                }
                event => {
                    self.has_shown_text |= !self.is_second && matches!(event, TurnEvent::Text(_));
                    shown.push(event);
                }
            }
        }
        shown
    }
}
