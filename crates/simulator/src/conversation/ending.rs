//! What an account's sockets are told when a turn's stream is over, whether or not somebody has
//! read it to its end: that the turn is complete, and that a task goes on, if one does.

use serde_json::Value;

use super::Recording;
use crate::options::Clock;
use crate::pushes::{Pushes, TaskNews, TurnName};
use crate::simulator::State;
use crate::timeline::Timeline;
use crate::timestamps::since_epoch;

/// What is to be told.
pub(super) struct Ending {
    pushes: Pushes,
    clock: Clock,
    turn: TurnName,
    /// The task's id and its last message so far.
    task: Option<(String, Value)>,
}

impl Ending {
    /// What is told at the end of a stream; nothing for a turn of which nothing is kept.
    pub(super) fn of(state: &State, recording: &Recording, timeline: &Timeline) -> Option<Self> {
        let later = timeline.later.as_ref();
        let task = later.map(|later| {
            let message = later.messages.last().cloned().unwrap_or_default();
            (later.task_id.clone(), message)
        });
        Some(Self {
            pushes: state.pushes.clone(),
            clock: state.options.clock.clone(),
            turn: TurnName {
                account_id: recording.turn.account_id().to_owned(),
                conversation_id: timeline.conversation_id.clone(),
                exchange: recording.exchanges().last()?.clone(),
            },
            task,
        })
    }

    /// Tells it.
    pub(super) fn tell(self) {
        let now = since_epoch((self.clock)());
        self.pushes.turn_is_complete(&self.turn, now);
        if let Some((task_id, message)) = &self.task {
            let news = TaskNews {
                account_id: &self.turn.account_id,
                conversation_id: &self.turn.conversation_id,
                update_type: "async-task-start",
                task_id,
                message,
            };
            self.pushes.task(&news, now);
        }
    }
}
