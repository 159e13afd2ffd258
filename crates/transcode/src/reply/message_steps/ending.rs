//! The end of a Messages answer: why it ended and what it used.

use anthropic::message::{StopDetails, StopReason};
use anthropic::message_event::{EndDelta, MessageEvent};
use anthropic::usage::{DeltaUsage, OutputTokensDetails, ServerToolUse};
use openai::chat_completion::FinishReason;
use openai::usage::Usage;

use crate::token_count;

/// What is gathered for it.
#[derive(Debug)]
pub(super) struct Ending {
    prompt_tokens: u64,
    /// The text so far.
    pub(super) answer: String,
    /// What was called, to be counted.
    pub(super) calls: String,
    pub(super) reasoning: String,
    pub(super) refusal: Option<String>,
    pub(super) stop_sequence: Option<String>,
    /// Tokens as upstream counted them.
    counted: Option<Usage>,
}

impl Ending {
    pub(super) fn new(prompt_tokens: u64) -> Self {
        Self {
            prompt_tokens,
            answer: String::new(),
            calls: String::new(),
            reasoning: String::new(),
            refusal: None,
            stop_sequence: None,
            counted: None,
        }
    }

    pub(super) fn count(&mut self, usage: Usage) {
        self.counted = Some(usage);
    }

    /// Adds the last two events.
    pub(super) fn finish(
        &mut self,
        reason: FinishReason,
        calls_tools: bool,
        searches: u64,
        out: &mut Vec<MessageEvent>,
    ) {
        let stop_reason = match reason {
            FinishReason::ContentFilter => StopReason::Refusal,
            FinishReason::Length => StopReason::MaxTokens,
            _ if self.refusal.is_some() => StopReason::Refusal,
            FinishReason::Stop if self.stop_sequence.is_some() => StopReason::StopSequence,
            FinishReason::ToolCalls => StopReason::ToolUse,
            FinishReason::Stop if calls_tools => StopReason::ToolUse,
            FinishReason::Stop => StopReason::EndTurn,
        };
        let is_refused = stop_reason == StopReason::Refusal;
        let stop_details = is_refused.then(|| StopDetails::refusal(self.refusal.clone()));
        let usage = self.usage(searches);
        out.push(MessageEvent::MessageDelta {
            delta: EndDelta {
                stop_reason,
                stop_sequence: self.stop_sequence.take(),
                stop_details,
                container: None,
            },
            usage,
        });
        out.push(MessageEvent::MessageStop);
    }

    /// What upstream counted, or else what is counted here.
    fn usage(&self, web_search_requests: u64) -> DeltaUsage {
        let counted = self.counted.unwrap_or_else(|| {
            let answer = token_count::text(&self.answer)
                + token_count::text(&self.calls)
                + self.refusal.as_deref().map_or(0, token_count::text);
            let reasoning = token_count::text(&self.reasoning);
            Usage::estimated(self.prompt_tokens, answer, reasoning)
        });
        let cached = counted.prompt_tokens_details.cached_tokens;
        DeltaUsage {
            input_tokens: counted.prompt_tokens.saturating_sub(cached),
            output_tokens: counted.completion_tokens,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: cached,
            output_tokens_details: OutputTokensDetails {
                thinking_tokens: counted.completion_tokens_details.reasoning_tokens,
            },
            server_tool_use: ServerToolUse {
                web_search_requests,
                web_fetch_requests: 0,
            },
        }
    }
}
