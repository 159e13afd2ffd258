//! A whole Chat Completions answer: a fold over the same turn events a stream sends.
//!
//! Called by `api`.

use openai::annotation::AnswerImage;
use openai::chat_completion::{AnswerMessage, ChatCompletion, Choice, FinishReason};

use super::beside_text;
use super::reply_head::{ReplyHead, Shown};
use crate::turn_event::{Activity, Citation, TurnEvent};

/// Gathers one answer.
#[derive(Debug)]
pub struct ChatReply {
    shown: Shown,
    content: String,
    reasoning: String,
    citations: Vec<Citation>,
    /// The links to the finished pictures.
    images: Vec<String>,
    steps: Vec<Activity>,
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
            citations: Vec::new(),
            images: Vec::new(),
            steps: Vec::new(),
            refusal: None,
            finish: None,
        }
    }

    /// Takes one event.
    pub fn push(&mut self, event: TurnEvent) {
        match event {
            TurnEvent::Identity(identity) => self.shown.update(identity),
            TurnEvent::Text(text) => self.content.push_str(&text),
            TurnEvent::Rewritten(text) => {
                self.content = text;
                self.citations.clear();
            }
            TurnEvent::Reasoning(text) => self.reasoning.push_str(&text),
            TurnEvent::Refusal(text) => self.refusal = Some(text),
            TurnEvent::Finish(reason) => self.finish = Some(reason),
            TurnEvent::Citation(citation) => self.citations.push(citation),
            TurnEvent::Image(image) => {
                if !image.is_partial {
                    self.images.push(image.link);
                }
            }
            TurnEvent::Activity(step) => self.step(step),
            TurnEvent::Title(_) | TurnEvent::Limits(_) => {}
        }
    }

    fn step(&mut self, step: Activity) {
        if !self.shown.tells_steps() {
            return;
        }
        match self.steps.iter_mut().find(|known| known.id == step.id) {
            Some(known) => *known = step,
            None => self.steps.push(step),
        }
    }

    /// The reply as JSON; `None` while the answer is not finished.
    pub fn to_json(&self) -> Option<Vec<u8>> {
        let is_withdrawn = self.refusal.is_some();
        let citations = self.citations.iter().filter(|_| !is_withdrawn);
        let images = self.images.iter().filter(|_| !is_withdrawn);
        let annotations: Vec<_> = citations.map(beside_text::annotation).collect();
        let images: Vec<_> = images
            .enumerate()
            .map(|(index, link)| AnswerImage::new(link, index))
            .collect();
        let steps: Vec<_> = self.steps.iter().map(beside_text::tool_activity).collect();
        let reply = ChatCompletion {
            id: &self.shown.head.id,
            object: "chat.completion",
            created: self.shown.head.created,
            model: self.shown.model(),
            choices: [Choice {
                index: 0,
                message: AnswerMessage {
                    role: "assistant",
                    content: (!is_withdrawn).then_some(self.content.as_str()),
                    refusal: self.refusal,
                    reasoning_content: Some(self.reasoning.as_str()).filter(|it| !it.is_empty()),
                    annotations: &annotations,
                    images: &images,
                    tool_activity: &steps,
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
