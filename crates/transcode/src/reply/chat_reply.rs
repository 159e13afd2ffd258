//! A whole Chat Completions answer: a fold over the same turn events a stream sends.
//!
//! Called by `api`.

use openai::annotation::AnswerImage;
use openai::answer_audio::AnswerAudio;
use openai::chat_completion::{AnswerMessage, ChatCompletion, Choice, FinishReason};

use super::reply_head::{ReplyHead, Shown};
use super::tool_calls::ToolCalls;
use super::{answer_sound, beside_text};
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
    refusal: Option<String>,
    calls: ToolCalls,
    sound: Option<AnswerAudio>,
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
            calls: ToolCalls::default(),
            sound: None,
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
            TurnEvent::Refusal(text) => self.refusal.get_or_insert_default().push_str(&text),
            TurnEvent::ToolCall(begun) => self.calls.begin(begun),
            TurnEvent::ToolInput { index, piece } => self.calls.push(index, &piece),
            TurnEvent::Audio(piece) => answer_sound::add(&mut self.sound, piece),
            TurnEvent::Usage(usage) => self.shown.count(usage),
            TurnEvent::Finish(reason) => self.finish = Some(reason),
            TurnEvent::Citation(citation) => self.citations.push(citation),
            TurnEvent::Image(image) => {
                if !image.is_partial {
                    self.images.push(image.link);
                }
            }
            TurnEvent::Activity(step) => self.step(step),
            TurnEvent::Title(_)
            | TurnEvent::Limits(_)
            | TurnEvent::Thought(_)
            | TurnEvent::StopSequence(_)
            | TurnEvent::ToolCallEnded { .. }
            | TurnEvent::Native(_) => {}
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
        let calls = if is_withdrawn {
            Vec::new()
        } else {
            self.calls.to_chat()
        };
        // A message that only calls tools, or only sounds, has no text at all.
        let is_silent = self.content.is_empty() && (!calls.is_empty() || self.sound.is_some());
        let counted = format!("{}{}", self.content, self.calls.texts());
        let reply = ChatCompletion {
            id: &self.shown.head.id,
            object: "chat.completion",
            created: self.shown.head.created,
            model: self.shown.model(),
            choices: [Choice {
                index: 0,
                message: AnswerMessage {
                    role: "assistant",
                    content: (!is_withdrawn && !is_silent).then_some(self.content.as_str()),
                    refusal: self.refusal.as_deref(),
                    reasoning_content: Some(self.reasoning.as_str()).filter(|it| !it.is_empty()),
                    annotations: &annotations,
                    images: &images,
                    tool_activity: &steps,
                    tool_calls: &calls,
                    audio: self.sound.as_ref(),
                },
                logprobs: None,
                finish_reason: self.finish?,
            }],
            usage: self.shown.usage(&counted, &self.reasoning),
            conversation_id: self.shown.conversation_id(),
            message_id: self.shown.message_id(),
        };
        serde_json::to_vec(&reply).ok()
    }
}
