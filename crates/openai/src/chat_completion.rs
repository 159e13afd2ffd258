//! The whole (non-stream) answer of Chat Completions.

use serde::Serialize;

use crate::annotation::{Annotation, AnswerImage};
use crate::answer_audio::AnswerAudio;
use crate::tool_activity::ToolActivity;
use crate::tool_call::ToolCall;
use crate::usage::Usage;

/// `object: "chat.completion"`
#[derive(Debug, Serialize)]
pub struct ChatCompletion<'a> {
    /// `chatcmpl-…`
    pub id: &'a str,
    /// Always `chat.completion`.
    pub object: &'static str,
    /// Unix seconds.
    pub created: u64,
    /// The model that answered.
    pub model: &'a str,
    /// One for each answer that was asked for.
    pub choices: &'a [Choice<'a>],
    /// Tokens used.
    pub usage: Usage,
    /// The upstream conversation, when it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<&'a str>,
    /// The upstream message to continue from, when the conversation is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<&'a str>,
}

/// One answer.
#[derive(Debug, Serialize)]
pub struct Choice<'a> {
    /// Which answer, from 0.
    pub index: u32,
    /// What the model said.
    pub message: AnswerMessage<'a>,
    /// Always null: no driver states them.
    pub logprobs: Option<()>,
    /// Why the answer ended.
    pub finish_reason: FinishReason,
}

/// What the model said.
#[derive(Debug, Serialize)]
pub struct AnswerMessage<'a> {
    /// Always `assistant`.
    pub role: &'static str,
    /// The answer's text; null when it was withdrawn.
    pub content: Option<&'a str>,
    /// Why the answer was withdrawn.
    pub refusal: Option<&'a str>,
    /// What the model thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<&'a str>,
    /// The sources the text links to.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub annotations: &'a [Annotation<'a>],
    /// The pictures.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub images: &'a [AnswerImage<'a>],
    /// The tools that were used, when they are asked for.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tool_activity: &'a [ToolActivity<'a>],
    /// What the model calls of the caller's tools.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tool_calls: &'a [ToolCall],
    /// The answer as sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<&'a AnswerAudio>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model was done, or a stop sequence was met.
    Stop,
    /// A token limit was met.
    Length,
    /// Moderation withdrew the answer.
    ContentFilter,
    /// The model waits for the results of the tools it calls.
    ToolCalls,
}
