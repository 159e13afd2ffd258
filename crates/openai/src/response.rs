//! The object of the Responses API: an answer with all that was asked for beside it.
//!
//! What an answer consists of is in `response_item`, what a stream says in `response_event`.
//! Made by `transcode`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::response_item::OutputItem;
use crate::usage::Usage;

/// `object: "response"`
#[derive(Debug, Clone, Serialize)]
pub struct Response {
    /// `resp_…`
    pub id: String,
    /// Always `response`.
    pub object: &'static str,
    /// Unix seconds.
    pub created_at: u64,
    /// How far it is.
    pub status: ResponseStatus,
    /// Unix seconds; only when it is complete.
    pub completed_at: Option<u64>,
    /// Why it failed.
    pub error: Option<ResponseError>,
    /// Why it is not complete.
    pub incomplete_details: Option<IncompleteDetails>,
    /// The model that answers.
    pub model: String,
    /// What the model did.
    pub output: Vec<OutputItem>,
    /// Tokens used; null until it is over.
    pub usage: Option<ResponseUsage>,
    /// What was asked for, with what counts where nothing was.
    #[serde(flatten)]
    pub echo: Map<String, Value>,
}

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseStatus {
    /// Taken, and not begun.
    Queued,
    /// Under way.
    InProgress,
    /// Over, and whole.
    Completed,
    /// Over, and cut.
    Incomplete,
    /// Broken.
    Failed,
    /// Ended by the caller.
    Cancelled,
}

impl ResponseStatus {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a response failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResponseError {
    /// One of the published words, as `server_error`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// Why a response is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IncompleteDetails {
    /// `max_output_tokens` or `content_filter`
    pub reason: &'static str,
}

/// Tokens, in the words of this API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ResponseUsage {
    /// Tokens of the input.
    pub input_tokens: u64,
    /// What they were.
    pub input_tokens_details: InputTokensDetails,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: u64,
    /// What they were.
    pub output_tokens_details: OutputTokensDetails,
    /// The sum.
    pub total_tokens: u64,
    /// `true` when the numbers were counted here and not stated by upstream.
    pub estimated: bool,
}

/// What the tokens of the input were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct InputTokensDetails {
    /// Read from a cache.
    pub cached_tokens: u64,
    /// Written to one; no driver states them.
    pub cache_write_tokens: u64,
}

/// What the tokens of the answer were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OutputTokensDetails {
    /// Tokens of the reasoning.
    pub reasoning_tokens: u64,
}

impl From<Usage> for ResponseUsage {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.prompt_tokens,
            input_tokens_details: InputTokensDetails {
                cached_tokens: usage.prompt_tokens_details.cached_tokens,
                cache_write_tokens: 0,
            },
            output_tokens: usage.completion_tokens,
            output_tokens_details: OutputTokensDetails {
                reasoning_tokens: usage.completion_tokens_details.reasoning_tokens,
            },
            total_tokens: usage.total_tokens,
            estimated: usage.estimated,
        }
    }
}
