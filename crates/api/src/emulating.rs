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
    detector: CallDetector,
    keeper: FormatKeeper,
    /// Calls are handed out together at the end, when all of them are known to be good.
    calls: Vec<TurnEvent>,
    has_shown_text: bool,
    is_second: bool,
}

/// The answer with its calls found and its form checked.
pub(crate) fn emulated(asker: Asker, plan: Arc<Plan>, inner: AnswerStream) -> AnswerStream {
    let state = Emulated {
        detector: detector(&plan),
        keeper: FormatKeeper::new(Arc::clone(&plan)),
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

fn detector(plan: &Arc<Plan>) -> CallDetector {
    let new_id = || Uuid::new_v4().simple().to_string();
    CallDetector::new(Arc::clone(plan), Delivery::Checked, new_id)
}

impl Emulated {
    /// The next events; nothing at the end.
    async fn next(&mut self) -> Result<Option<Vec<TurnEvent>>, Failure> {
        while let Some(batch) = self.inner.next().await {
            let mut events = batch?;
            self.detector.apply(&mut events);
            self.keeper.apply(&mut events);
            if let Some(violation) = self.violation() {
                self.ask_again(&violation).await?;
                continue;
            }
            let events = self.shown(events);
            if !events.is_empty() {
                return Ok(Some(events));
            }
        }
        Ok(None)
    }

    fn violation(&self) -> Option<Violation> {
        let of_calls = self.detector.violations().first();
        of_calls.or(self.keeper.violation()).cloned()
    }

    /// Asks once more, with what was wrong.
    async fn ask_again(&mut self, violation: &Violation) -> Result<(), Failure> {
        if self.is_second {
            let message = format!(
                "the model did not answer in the form that was asked for, nor when it was told so: \
                 {violation}"
            );
            return Err(Failure::new(FailureKind::BadForm, Retry::Never, message));
        }
        tracing::info!("an emulated answer is asked for once more");
        let asker = &self.asker;
        let turn = emulation::repair_turn(&asker.turn, self.detector.answer(), violation);
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
        self.detector = detector(&self.plan);
        self.keeper = FormatKeeper::new(Arc::clone(&self.plan));
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
