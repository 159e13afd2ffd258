//! One event of a streamed Chat Completions answer.

use serde::Serialize;

use crate::annotation::{Annotation, AnswerImage};
use crate::answer_audio::AnswerAudio;
use crate::chat_completion::FinishReason;
use crate::tool_activity::ToolActivity;
use crate::tool_call::ToolCallPiece;
use crate::usage::Usage;

/// `object: "chat.completion.chunk"`
#[derive(Debug, Serialize)]
pub struct ChatCompletionChunk<'a> {
    /// `chatcmpl-…`, the same in all chunks of an answer.
    pub id: &'a str,
    /// Always `chat.completion.chunk`.
    pub object: &'static str,
    /// Unix seconds.
    pub created: u64,
    /// The model that answers.
    pub model: &'a str,
    /// One, or none in the chunk that carries the usage.
    pub choices: &'a [ChunkChoice<'a>],
    /// Absent unless asked for; then null until the last chunk.
    #[serde(skip_serializing_if = "ChunkUsage::is_not_asked")]
    pub usage: ChunkUsage,
    /// The upstream conversation, when it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<&'a str>,
    /// The upstream message to continue from, when the conversation is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<&'a str>,
}

/// The usage, as a chunk states it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum ChunkUsage {
    /// Nobody wants to know.
    NotAsked,
    /// It comes with the last chunk.
    Later,
    /// Here it is.
    Known(Usage),
}

impl ChunkUsage {
    fn is_not_asked(&self) -> bool {
        matches!(self, Self::NotAsked)
    }
}

/// The one choice of a chunk.
#[derive(Debug, Serialize)]
pub struct ChunkChoice<'a> {
    /// Which answer, from 0.
    pub index: u32,
    /// What is new.
    pub delta: Delta<'a>,
    /// Always null: no driver states them.
    pub logprobs: Option<()>,
    /// Null until the last chunk of the choice.
    pub finish_reason: Option<FinishReason>,
}

/// A piece of the answer's text.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum DeltaContent<'a> {
    /// This text.
    Text(&'a str),
    /// Null: the answer begins with a call.
    Nothing,
}

/// What is new.
#[derive(Debug, Default, Serialize)]
pub struct Delta<'a> {
    /// `assistant`, in the first chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// More of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<DeltaContent<'a>>,
    /// More of what the model thinks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<&'a str>,
    /// Why the answer is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'a str>,
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
    pub tool_calls: &'a [ToolCallPiece<'a>],
    /// The answer as sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<&'a AnswerAudio>,
}
