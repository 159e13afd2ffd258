//! A whole Chat Completions answer: a fold over the same turn events a stream sends.
//!
//! Called by `api`.

use openai::annotation::{Annotation, AnswerImage};
use openai::answer_audio::AnswerAudio;
use openai::chat_completion::{AnswerMessage, ChatCompletion, Choice, FinishReason};
use openai::tool_activity::ToolActivity;
use openai::tool_call::ToolCall;
use openai::usage::Usage;

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
            TurnEvent::Audio(piece) => answer_sound::add(&mut self.sound, *piece),
            TurnEvent::Usage(usage) => self.shown.count(usage),
            TurnEvent::Finish(reason) => self.finish = Some(reason),
            TurnEvent::Citation(citation) => self.citations.push(citation),
            TurnEvent::Image(image) => {
                if !image.is_partial {
                    self.images.push(image.link);
                }
            }
            TurnEvent::Activity(step) => self.step(*step),
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
        Self::together(std::slice::from_ref(self))
    }

    /// One reply of several answers to one request; `None` while one is not finished.
    pub fn together(replies: &[Self]) -> Option<Vec<u8>> {
        let first = replies.first()?;
        let beside: Vec<Beside<'_>> = replies.iter().map(Beside::of).collect();
        let mut choices = Vec::with_capacity(replies.len());
        for (index, (reply, beside)) in (0..).zip(replies.iter().zip(&beside)) {
            choices.push(Choice {
                index,
                message: reply.message(beside),
                logprobs: None,
                finish_reason: reply.finish?,
            });
        }
        let usage = replies.iter().map(Self::usage).reduce(Usage::and);
        let reply = ChatCompletion {
            id: &first.shown.head.id,
            object: "chat.completion",
            created: first.shown.head.created,
            model: first.shown.model(),
            choices: &choices,
            usage: usage.unwrap_or_default(),
            conversation_id: first.shown.conversation_id(),
            message_id: first.shown.message_id(),
        };
        serde_json::to_vec(&reply).ok()
    }

    fn message<'a>(&'a self, beside: &'a Beside<'a>) -> AnswerMessage<'a> {
        let is_withdrawn = self.refusal.is_some();
        // A message that only calls tools, or only sounds, has no text at all.
        let is_silent =
            self.content.is_empty() && (!beside.calls.is_empty() || self.sound.is_some());
        AnswerMessage {
            role: "assistant",
            content: (!is_withdrawn && !is_silent).then_some(self.content.as_str()),
            refusal: self.refusal.as_deref(),
            reasoning_content: Some(self.reasoning.as_str()).filter(|it| !it.is_empty()),
            annotations: &beside.annotations,
            images: &beside.images,
            tool_activity: &beside.steps,
            tool_calls: &beside.calls,
            audio: self.sound.as_ref(),
        }
    }

    fn usage(&self) -> Usage {
        let counted = format!("{}{}", self.content, self.calls.texts());
        self.shown.usage(&counted, &self.reasoning)
    }
}

/// What a message holds beside its text, in the shapes of the protocol.
struct Beside<'a> {
    annotations: Vec<Annotation<'a>>,
    images: Vec<AnswerImage<'a>>,
    steps: Vec<ToolActivity<'a>>,
    calls: Vec<ToolCall>,
}

impl<'a> Beside<'a> {
    /// A withdrawn answer has nothing but the steps that were made.
    fn of(reply: &'a ChatReply) -> Self {
        let is_withdrawn = reply.refusal.is_some();
        let citations = reply.citations.iter().filter(|_| !is_withdrawn);
        let images = reply.images.iter().filter(|_| !is_withdrawn);
        let images = images.enumerate();
        Self {
            annotations: citations.map(beside_text::annotation).collect(),
            images: images
                .map(|(index, link)| AnswerImage::new(link, index))
                .collect(),
            steps: reply.steps.iter().map(beside_text::tool_activity).collect(),
            calls: if is_withdrawn {
                Vec::new()
            } else {
                reply.calls.to_chat()
            },
        }
    }
}
