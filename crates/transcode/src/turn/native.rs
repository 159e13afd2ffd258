//! The caller's own body, kept for a driver that speaks the caller's protocol: it passes on what
//! this program does not know, and changes only what it must.
//!
//! Made by `request`; read by the drivers in `upstream`.

use openai::error::InvalidRequest;
use serde_json::{Map, Value};

/// A protocol that both a face and a driver may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `OpenAI`'s Chat Completions.
    ChatCompletions,
    /// `OpenAI`'s Responses.
    Responses,
}

/// A body as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct NativeBody {
    /// What it is written in.
    pub dialect: Dialect,
    /// Its members, without those that are only for the gateway.
    pub body: Map<String, Value>,
}

impl NativeBody {
    /// Has it ask for no more than so many tokens, and for one answer.
    pub fn keep_to(&mut self, most: u64) -> Result<(), InvalidRequest> {
        if self.body.get("n").and_then(Value::as_u64) > Some(1) {
            let message = "n: a key with a budget of tokens may ask for one answer at a time";
            return Err(InvalidRequest::unsupported("n", message));
        }
        let names: &[&str] = match self.dialect {
            Dialect::ChatCompletions => &["max_completion_tokens", "max_tokens"],
            Dialect::Responses => &["max_output_tokens"],
        };
        let stated = names.iter().find(|name| self.body.contains_key(**name));
        if let Some(name) = stated.or(names.first()) {
            self.body.insert((*name).to_owned(), most.into());
        }
        Ok(())
    }
}
