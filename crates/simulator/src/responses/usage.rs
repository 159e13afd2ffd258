//! How many tokens something has: about a word each, as everything is cut into pieces here.

use serde_json::{Value, json};

use super::answer::{Answer, Output};
use crate::pieces;

/// What a picture counts, however large it is.
const PICTURE: usize = 85;

/// The tokens of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input: usize,
    pub(crate) cached: usize,
    pub(crate) output: usize,
    pub(crate) reasoning: usize,
}

impl Usage {
    /// What an answer to so many tokens has used.
    pub(crate) fn of(input: usize, answer: &Answer) -> Self {
        // Thoughts are longer than what is told of them.
        const THOUGHTS: usize = 16;
        let reasoning = answer.outputs.iter().map(|output| match output {
            Output::Reasoning(_) => THOUGHTS + tokens(&output.written()),
            _ => 0,
        });
        let reasoning = reasoning.sum::<usize>();
        let spoken = answer.outputs.iter().map(|output| match output {
            Output::Reasoning(_) => 0,
            _ => tokens(&output.written()),
        });
        Self {
            input,
            cached: cached(input),
            output: reasoning + spoken.sum::<usize>(),
            reasoning,
        }
    }

    /// As a response tells it.
    pub(crate) fn of_response(self) -> Value {
        json!({
            "input_tokens": self.input,
            "input_tokens_details": {"cached_tokens": self.cached, "cache_write_tokens": 0},
            "output_tokens": self.output,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.input + self.output,
        })
    }

    /// As a chat completion tells it.
    pub(crate) fn of_chat(self) -> Value {
        json!({
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input + self.output,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        })
    }
}

/// The first half of a long input has been seen before, in steps of 128.
fn cached(input: usize) -> usize {
    if input < 1024 { 0 } else { input / 256 * 128 }
}

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> usize {
    pieces::words(text).len()
}

/// The tokens of all texts in a value.
pub(crate) fn tokens_of(value: &Value) -> usize {
    match value {
        Value::String(text) if text.starts_with("data:") => PICTURE,
        Value::String(text) => tokens(text),
        Value::Array(values) => values.iter().map(tokens_of).sum(),
        Value::Object(members) => members.values().map(tokens_of).sum(),
        _ => 0,
    }
}
