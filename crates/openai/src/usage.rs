//! Token usage, as Chat Completions reports it.

use serde::Serialize;

/// Tokens of one request and its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// The sum.
    pub total_tokens: u64,
    /// What the prompt's tokens were.
    pub prompt_tokens_details: PromptTokensDetails,
    /// What the answer's tokens were.
    pub completion_tokens_details: CompletionTokensDetails,
    /// `true` when the numbers were counted here and not stated by upstream.
    pub estimated: bool,
}

/// What the prompt's tokens were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PromptTokensDetails {
    /// Tokens read from a cache.
    pub cached_tokens: u64,
}

/// What the answer's tokens were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CompletionTokensDetails {
    /// Tokens of the reasoning.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// What several answers to one prompt used together: the prompt counts once.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let reasoning = self.completion_tokens_details.reasoning_tokens
            + other.completion_tokens_details.reasoning_tokens;
        Self {
            completion_tokens: self.completion_tokens + other.completion_tokens,
            total_tokens: self.total_tokens + other.completion_tokens,
            completion_tokens_details: CompletionTokensDetails {
                reasoning_tokens: reasoning,
            },
            estimated: self.estimated || other.estimated,
            ..self
        }
    }

    /// Usage counted here.
    pub fn estimated(prompt: u64, answer: u64, reasoning: u64) -> Self {
        Self {
            prompt_tokens: prompt,
            completion_tokens: answer + reasoning,
            total_tokens: prompt + answer + reasoning,
            prompt_tokens_details: PromptTokensDetails::default(),
            completion_tokens_details: CompletionTokensDetails {
                reasoning_tokens: reasoning,
            },
            estimated: true,
        }
    }
}
