//! A streamed Messages answer: turn events as Anthropic's server-sent events.
//!
//! Called by `api`, which sends the bytes and turns failures into error events.

use anthropic::message_event::MessageEvent;

use super::chat_chunks::RewrittenAnswer;
use super::message_steps::{MessageSteps, MessageStyle};
use super::reply_head::ReplyHead;
use crate::turn_event::TurnEvent;

/// Writes one streamed answer.
#[derive(Debug)]
pub struct MessageEvents {
    steps: MessageSteps,
    made: Vec<MessageEvent>,
}

impl MessageEvents {
    /// A writer for one answer.
    pub fn new(head: ReplyHead, style: MessageStyle) -> Self {
        Self {
            steps: MessageSteps::new(head, style),
            made: Vec::new(),
        }
    }

    /// Appends the events for one turn event to `out`.
    pub fn write(&mut self, event: TurnEvent, out: &mut Vec<u8>) -> Result<(), RewrittenAnswer> {
        if matches!(event, TurnEvent::Rewritten(_)) && self.steps.has_text() {
            return Err(RewrittenAnswer);
        }
        self.steps.step(event, &mut self.made);
        for event in self.made.drain(..) {
            // Writing strings and numbers into memory cannot fail.
            let _infallible =
                sse::named_event(out, event.name(), |out| serde_json::to_writer(out, &event));
        }
        Ok(())
    }
}
