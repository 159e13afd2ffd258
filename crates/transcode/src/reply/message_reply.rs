//! A whole Messages answer: what the events of a stream add up to.
//!
//! Called by `api`.

use anthropic::content_block::ContentBlock;
use anthropic::message::{Message, StopReason};
use anthropic::message_event::{BlockDelta, EndDelta, MessageEvent};
use serde_json::{Map, Value};

use super::message_steps::{MessageSteps, MessageStyle};
use super::reply_head::ReplyHead;
use crate::turn_event::TurnEvent;

/// Gathers one answer.
#[derive(Debug)]
pub struct MessageReply {
    steps: MessageSteps,
    made: Vec<MessageEvent>,
    message: Option<Message>,
    /// The input of the call that is open, as JSON.
    input: String,
    /// Where each block of the stream is among those of the answer, once blocks were taken back.
    places: Vec<Option<usize>>,
    is_over: bool,
}

impl MessageReply {
    /// Gathers an answer under this head.
    pub fn new(head: ReplyHead, style: MessageStyle) -> Self {
        Self {
            steps: MessageSteps::new(head, style),
            made: Vec::new(),
            message: None,
            input: String::new(),
            places: Vec::new(),
            is_over: false,
        }
    }

    /// Takes one event.
    pub fn push(&mut self, event: TurnEvent) {
        if matches!(event, TurnEvent::Rewritten(_)) {
            self.steps.forget_text();
            self.take_back_texts();
        }
        let mut made = std::mem::take(&mut self.made);
        self.steps.step(event, &mut made);
        for event in made.drain(..) {
            self.add(event);
        }
        self.made = made;
    }

    /// The reply as JSON; `None` while the answer is not finished.
    pub fn to_json(&self) -> Option<Vec<u8>> {
        let message = self.message.as_ref().filter(|_| self.is_over)?;
        serde_json::to_vec(message).ok()
    }

    fn add(&mut self, event: MessageEvent) {
        match (event, &mut self.message) {
            (MessageEvent::MessageStart { message }, none) => *none = Some(*message),
            (MessageEvent::ContentBlockStart { content_block, .. }, Some(message)) => {
                self.places.push(Some(message.content.len()));
                message.content.push(content_block);
                self.input.clear();
            }
            (MessageEvent::ContentBlockDelta { index, delta }, Some(_)) => {
                self.more(index, delta);
            }
            (MessageEvent::ContentBlockStop { index }, Some(_)) => self.stop(index),
            (MessageEvent::MessageDelta { delta, usage }, Some(message)) => {
                message.usage.update(usage);
                end(message, delta);
            }
            (MessageEvent::MessageStop, Some(_)) => self.is_over = true,
            // Nothing comes before the start.
            (_, None) => {}
        }
    }

    /// The block that is `index` in the stream.
    fn block(&mut self, index: usize) -> Option<&mut ContentBlock> {
        let place = (*self.places.get(index)?)?;
        self.message.as_mut()?.content.get_mut(place)
    }

    fn more(&mut self, index: usize, delta: BlockDelta) {
        if let BlockDelta::InputJsonDelta { partial_json } = &delta {
            self.input.push_str(partial_json);
            return;
        }
        let is_taken_back = self.places.get(index) == Some(&None);
        if is_taken_back {
            // The open block was a text that is said anew.
            let Some(message) = &mut self.message else {
                return;
            };
            self.places[index] = Some(message.content.len());
            message.content.push(ContentBlock::Text {
                citations: None,
                text: String::new(),
            });
        }
        match (self.block(index), delta) {
            (Some(ContentBlock::Text { text, .. }), BlockDelta::TextDelta { text: more }) => {
                text.push_str(&more);
            }
            (
                Some(ContentBlock::Text { citations, .. }),
                BlockDelta::CitationsDelta { citation },
            ) => citations.get_or_insert_default().push(citation),
            (
                Some(ContentBlock::Thinking { thinking, .. }),
                BlockDelta::ThinkingDelta { thinking: more },
            ) => thinking.push_str(&more),
            (
                Some(ContentBlock::Thinking { signature, .. }),
                BlockDelta::SignatureDelta { signature: all },
            ) => *signature = all,
            _ => {}
        }
    }

    fn stop(&mut self, index: usize) {
        let json = std::mem::take(&mut self.input);
        if let Some(ContentBlock::ToolUse { input, .. } | ContentBlock::ServerToolUse { input, .. }) =
            self.block(index)
            && !json.is_empty()
        {
            *input = read_input(json);
        }
    }

    /// Upstream says its text anew, so the old one goes.
    fn take_back_texts(&mut self) {
        let Some(message) = &mut self.message else {
            return;
        };
        let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text { .. });
        let mut left = 0;
        for place in self.places.iter_mut().filter(|it| it.is_some()) {
            let block = place.and_then(|it| message.content.get(it));
            if block.is_some_and(is_text) {
                *place = None;
            } else {
                *place = Some(left);
                left += 1;
            }
        }
        message.content.retain(|block| !is_text(block));
    }
}

/// An input that is no object, as one; so nothing that the model wrote is lost.
fn read_input(json: String) -> Map<String, Value> {
    serde_json::from_str(&json)
        .unwrap_or_else(|_| Map::from_iter([("input".to_owned(), Value::String(json))]))
}

/// Ends an answer; of one that was withdrawn only what is said about it is left.
fn end(message: &mut Message, delta: EndDelta) {
    let EndDelta {
        stop_reason,
        stop_sequence,
        stop_details,
        container,
    } = delta;
    if stop_reason == StopReason::Refusal {
        let said = stop_details.as_ref().and_then(|it| it.explanation.clone());
        let text = said.map(|text| ContentBlock::Text {
            citations: None,
            text,
        });
        message.content = text.into_iter().collect();
    }
    message.stop_reason = Some(stop_reason);
    message.stop_sequence = stop_sequence;
    message.stop_details = stop_details;
    message.container = container;
}
