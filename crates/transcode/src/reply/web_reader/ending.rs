//! How far an answer is: whether its messages make a whole one, and why it ended.
//!
//! Whether its stream ended properly is judged in `web_reader`.

use chatgpt::message::Message;
use openai::chat_completion::FinishReason;

use super::message_kind::MessageKind;
use super::messages::TurnMessages;

/// How far the answer is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// There is none.
    Nothing,
    /// It has begun.
    Unfinished,
    /// A picture is still to come.
    ImagePending {
        /// The task that draws it.
        task_id: Option<String>,
    },
    /// It is all there.
    Finished {
        /// Why it ended.
        reason: FinishReason,
        /// Whether upstream said that the turn is over with it.
        end_turn: bool,
    },
}

impl TurnMessages {
    /// How far the answer is.
    pub(super) fn ending(&self) -> Ending {
        let mut latest = self.tracked.iter().rev();
        let answer = latest.find(|it| it.kind == MessageKind::Answer);
        if let Some(awaited) = self.pictures.awaited() {
            let task_id = awaited.task_id.clone();
            return Ending::ImagePending { task_id };
        }
        match answer {
            Some(answer) if answer.finished => Ending::Finished {
                reason: answer.finish.unwrap_or(FinishReason::Stop),
                end_turn: answer.end_turn,
            },
            Some(_) => Ending::Unfinished,
            // A picture may be all there is to say.
            None if self.pictures.has_any() => Ending::Finished {
                reason: FinishReason::Stop,
                end_turn: false,
            },
            None => Ending::Nothing,
        }
    }
}

/// Why a message ended, where it says so.
pub(super) fn finish_reason(message: &Message<'_>) -> Option<FinishReason> {
    if message.status.text() == "finished_partial_completion" {
        return Some(FinishReason::Length);
    }
    let details = message.metadata.finish_details.get()?;
    match details.kind.text() {
        "max_tokens" => Some(FinishReason::Length),
        _ => None,
    }
}
