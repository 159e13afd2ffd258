//! A [`Turn`] as the body of a request of the Responses protocol: for the Codex backend, or for
//! a server with an API key.
//!
//! Everything is sent each time, and nothing is kept: thoughts go up sealed. What the Codex
//! backend refuses is never written. Called by `upstream`'s drivers.

mod input;
mod picture_tool;
mod tools;

use serde_json::{Map, Value, json};

use super::inline_file::{InlineFile, Unservable};
use crate::account_mark::AccountMark;
use crate::turn::{AnswerFormat, Hint, Speaker, Turn, TurnPart};

pub(super) use input::detail_name;
pub(super) use tools::named_kind;

/// Asks for thoughts in a form that can be sent up again.
pub(super) const SEALED_THOUGHTS: &str = "reasoning.encrypted_content";

/// Whose rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponsesServer {
    /// The Codex backend's.
    Codex,
    /// `OpenAI`'s, or those of a server that is like it.
    Platform,
}

/// What the driver decides about a turn.
#[derive(Debug, Clone, Copy)]
pub struct ResponsesDecisions<'a> {
    /// Whose rules hold.
    pub server: ResponsesServer,
    /// The model's name there.
    pub model: &'a str,
    /// How long to think, in the model's words.
    pub effort: Option<&'a str>,
    /// Whether the model can be told how long its answer is to be.
    pub has_verbosity: bool,
    /// The account's mark, before thoughts that are its own.
    pub mark: &'a AccountMark,
}

/// A body, and what of the turn is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenBody {
    /// The body.
    pub body: Map<String, Value>,
    /// Parameters that it has no place for.
    pub dropped: Vec<&'static str>,
}

/// Builds the body; `files` are the turn's attachments in the order they stand in its messages.
pub fn responses_body(
    turn: &Turn,
    decisions: &ResponsesDecisions<'_>,
    files: &[InlineFile],
) -> Result<WrittenBody, Unservable> {
    let is_codex = decisions.server == ResponsesServer::Codex;
    let (instructions, rest) = instructions(turn);
    let mut body = Map::new();
    let mut dropped = Vec::new();
    body.insert("model".into(), decisions.model.into());
    body.insert("store".into(), false.into());
    body.insert("stream".into(), true.into());
    if is_codex || !instructions.is_empty() {
        body.insert("instructions".into(), instructions.into());
    }
    let input = input::items(&turn.messages[rest..], files, decisions)?;
    body.insert("input".into(), input.into());
    let tools = tools::tools(turn, decisions.server, &mut dropped);
    if !tools.is_empty() {
        body.insert("tools".into(), tools.into());
        body.insert("tool_choice".into(), tools::tool_choice(turn));
        if let Some(is_parallel) = turn.parallel_tool_calls {
            body.insert("parallel_tool_calls".into(), is_parallel.into());
        }
    }
    if let Some(reasoning) = reasoning(decisions) {
        body.insert("reasoning".into(), reasoning);
        body.insert("include".into(), json!([SEALED_THOUGHTS]));
    }
    if let Some(text) = text(turn, decisions, &mut dropped) {
        body.insert("text".into(), text);
    }
    if let Some(key) = &turn.cache_key {
        body.insert("prompt_cache_key".into(), key.as_str().into());
    }
    if let (false, Some(limit)) = (is_codex, turn.limits.max_tokens) {
        body.insert("max_output_tokens".into(), limit.into());
    }
    Ok(WrittenBody { body, dropped })
}

/// What is said to the model before anything else, and where the rest begins.
fn instructions(turn: &Turn) -> (String, usize) {
    let is_plain = |part: &TurnPart| matches!(part, TurnPart::Text(_));
    let heads = turn
        .messages
        .iter()
        .take_while(|it| it.role == Speaker::System && it.parts.iter().all(is_plain));
    let texts: Vec<String> = heads.map(crate::turn::TurnMessage::joined_text).collect();
    (texts.join("\n\n"), texts.len())
}

/// Other servers have models that do not think, and refuse the question how long to.
fn reasoning(decisions: &ResponsesDecisions<'_>) -> Option<Value> {
    match (decisions.server, decisions.effort) {
        (ResponsesServer::Platform, None) => None,
        (_, None) => Some(json!({"summary": "auto"})),
        (_, Some(effort)) => Some(json!({"effort": effort, "summary": "auto"})),
    }
}

fn text(
    turn: &Turn,
    decisions: &ResponsesDecisions<'_>,
    dropped: &mut Vec<&'static str>,
) -> Option<Value> {
    let mut text = Map::new();
    match &turn.format {
        AnswerFormat::Text => {}
        AnswerFormat::JsonObject => {
            text.insert("format".into(), json!({"type": "json_object"}));
        }
        AnswerFormat::JsonSchema(schema) => {
            let mut format = super::chat_body::schema_members(schema);
            format.insert("type".into(), "json_schema".into());
            text.insert("format".into(), format.into());
        }
    }
    match turn.verbosity {
        Some(verbosity) if decisions.has_verbosity => {
            text.insert("verbosity".into(), verbosity.name().into());
        }
        Some(_) => dropped.push("verbosity"),
        None => {}
    }
    (!text.is_empty()).then(|| text.into())
}

/// The tool that a hint stands for, where the server has it.
fn hinted_tool(turn: &Turn, hint: Hint, server: ResponsesServer) -> Result<Value, &'static str> {
    match (hint, server) {
        (Hint::Search, _) => Ok(json!({"type": "web_search"})),
        (Hint::Picture, _) => Ok(picture_tool::picture_tool(turn.drawing.as_ref())),
        (Hint::Code, ResponsesServer::Platform) => {
            Ok(json!({"type": "code_interpreter", "container": {"type": "auto"}}))
        }
        (Hint::Code, ResponsesServer::Codex) => Err("code_interpreter"),
    }
}

#[cfg(test)]
pub(super) mod tests;
