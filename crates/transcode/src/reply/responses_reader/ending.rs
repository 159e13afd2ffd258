//! The end of an answer: what came only with it, what it cost, and why it ended.

use openai::chat_completion::FinishReason;
use openai::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};
use serde_json::Value;

use super::ResponsesReader;
use crate::turn_event::TurnEvent;

impl ResponsesReader {
    pub(super) fn completed(&mut self, kind: &str, response: &Value, out: &mut Vec<TurnEvent>) {
        self.identify(response, out);
        let items = response["output"].as_array().into_iter().flatten();
        for (place, item) in (0..).zip(items) {
            let at = self.items.find_finished(place, item);
            self.done(at, item, out);
        }
        self.output.end(out);
        if let Some(usage) = usage(&response["usage"]) {
            out.push(TurnEvent::Usage(usage));
        }
        let is_cut = kind == "response.incomplete" || response["status"] == "incomplete";
        let has_calls = self.items.calls > 0;
        self.finish = Some(match response["incomplete_details"]["reason"].as_str() {
            Some("content_filter") => FinishReason::ContentFilter,
            Some(_) => FinishReason::Length,
            None if is_cut => FinishReason::Length,
            None if has_calls => FinishReason::ToolCalls,
            None => FinishReason::Stop,
        });
    }
}

fn usage(usage: &Value) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let prompt = usage["input_tokens"].as_u64()?;
    let answer = count(&usage["output_tokens"]);
    Some(Usage {
        prompt_tokens: prompt,
        completion_tokens: answer,
        total_tokens: usage["total_tokens"].as_u64().unwrap_or(prompt + answer),
        prompt_tokens_details: PromptTokensDetails {
            cached_tokens: count(&usage["input_tokens_details"]["cached_tokens"]),
        },
        completion_tokens_details: CompletionTokensDetails {
            reasoning_tokens: count(&usage["output_tokens_details"]["reasoning_tokens"]),
        },
        estimated: false,
    })
}
