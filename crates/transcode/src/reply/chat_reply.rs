//! A whole Chat Completions answer: a fold over the same turn events a stream sends.
//!
//! Called by `api`.

use openai::chat_completion::{AnswerMessage, ChatCompletion, Choice, FinishReason};

use super::reply_head::{ReplyHead, Shown};
use crate::turn_event::TurnEvent;

/// Gathers one answer.
#[derive(Debug)]
pub struct ChatReply {
    shown: Shown,
    content: String,
    reasoning: String,
    refusal: Option<&'static str>,
    finish: Option<FinishReason>,
}

impl ChatReply {
    /// Gathers an answer under this head.
    pub fn new(head: ReplyHead) -> Self {
        Self {
            shown: Shown::new(head),
            content: String::new(),
            reasoning: String::new(),
            refusal: None,
            finish: None,
        }
    }

    /// Takes one event.
    pub fn push(&mut self, event: TurnEvent) {
        match event {
            TurnEvent::Identity(identity) => self.shown.update(identity),
            TurnEvent::Text(text) => self.content.push_str(&text),
            TurnEvent::Rewritten(text) => self.content = text,
            TurnEvent::Reasoning(text) => self.reasoning.push_str(&text),
            TurnEvent::Refusal(text) => self.refusal = Some(text),
            TurnEvent::Finish(reason) => self.finish = Some(reason),
            TurnEvent::Citation(_)
            | TurnEvent::Image(_)
            | TurnEvent::Activity(_)
            | TurnEvent::Title(_)
            | TurnEvent::Limits(_) => {}
        }
    }

    /// The reply as JSON; `None` while the answer is not finished.
    pub fn to_json(&self) -> Option<Vec<u8>> {
        let reply = ChatCompletion {
            id: &self.shown.head.id,
            object: "chat.completion",
            created: self.shown.head.created,
            model: self.shown.model(),
            choices: [Choice {
                index: 0,
                message: AnswerMessage {
                    role: "assistant",
                    content: self.refusal.is_none().then_some(self.content.as_str()),
                    refusal: self.refusal,
                    reasoning_content: Some(self.reasoning.as_str()).filter(|it| !it.is_empty()),
                },
                logprobs: None,
                finish_reason: self.finish?,
            }],
            usage: self.shown.usage(&self.content, &self.reasoning),
            conversation_id: self.shown.conversation_id(),
            message_id: self.shown.message_id(),
        };
        serde_json::to_vec(&reply).ok()
    }
}
