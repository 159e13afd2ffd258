//! A Chat Completions body as a [`Turn`] and the way its answer is wanted.
//!
//! Called by `api`. Every parameter is passed on, done here, refused or named as dropped.

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::chat_message::read_messages;
use super::chat_tools;
use crate::parameter_table::{AskedParameter, FaceKind, asked};
use crate::reply::answer_style::{ActivityFormat, ReasoningFormat};
use crate::turn::{Dialect, Effort, Hint, NativeBody, OutputLimits, Turn, Verbosity};

/// Stop sequences beyond this many, or longer than this, are a mistake.
const MAX_STOPS: usize = 16;
const MAX_STOP_BYTES: usize = 1024;

/// No model has a longer name.
const MAX_MODEL_BYTES: usize = 256;

/// The words of `reasoning_format`, which other gateways use too.
pub const REASONING_FORMATS: &[(&str, ReasoningFormat)] = &[
    ("parsed", ReasoningFormat::Parsed),
    ("raw", ReasoningFormat::Raw),
    ("hidden", ReasoningFormat::Hidden),
];

/// The words of `tool_activity`.
pub const ACTIVITY_FORMATS: &[(&str, ActivityFormat)] = &[
    ("markdown", ActivityFormat::Markdown),
    ("structured", ActivityFormat::Structured),
];

/// The words of `verbosity`.
const VERBOSITIES: &[(&str, Verbosity)] = &[
    ("low", Verbosity::Low),
    ("medium", Verbosity::Medium),
    ("high", Verbosity::High),
];

/// Answers to one request at most.
const MAX_ANSWERS: u32 = 8;

/// What the gateway alone understands.
const OURS: &[&str] = &[
    "Chatgpt-Account-Id",
    "conversation_id",
    "delete_after_minutes",
    "history_disabled",
    "parent_message_id",
    "reasoning_format",
    "tool_activity",
];

/// A body that was understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatRequest {
    /// What is asked.
    pub turn: Turn,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the stream ends with the usage.
    pub include_usage: bool,
    /// The workspace to act for, overruling headers.
    pub account_id: Option<String>,
    /// How reasoning is delivered, where stated.
    pub reasoning_format: Option<ReasoningFormat>,
    /// How the use of tools is shown, where stated.
    pub tool_activity: Option<ActivityFormat>,
    /// Minutes after which a kept conversation is deleted, where stated.
    pub delete_after_minutes: Option<u32>,
    /// How many answers are wanted.
    pub answers: u32,
    /// Every parameter that asks for something.
    pub asked: Vec<AskedParameter>,
}

#[derive(Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Several(Vec<String>),
}

/// Reads a body.
pub fn read(body: &[u8]) -> Result<ChatRequest, InvalidRequest> {
    let mut parameters = Parameters::read(body)?;
    let mut asked = asked(FaceKind::ChatCompletions, &parameters);
    let model = match parameters.take::<String>("model")? {
        Some(model) if !model.is_empty() && model.len() <= MAX_MODEL_BYTES => model,
        _ => {
            return Err(InvalidRequest::parameter(
                "model",
                "model: name a model, for example \"auto\"; GET /v1/models lists them",
            ));
        }
    };
    let Some(messages) = parameters.take::<Vec<&RawValue>>("messages")? else {
        return Err(InvalidRequest::parameter(
            "messages",
            "messages: send at least one message",
        ));
    };
    let stream = parameters.take("stream")?.unwrap_or(false);
    let options: StreamOptions = parameters.take("stream_options")?.unwrap_or_default();
    let history_disabled: Option<bool> = parameters.take("history_disabled")?;
    let (messages, are_names_dropped) = read_messages(&messages)?;
    let tools = chat_tools::read_tools(&mut parameters)?;
    let turn = Turn {
        model,
        messages,
        effort: read_effort(&mut parameters)?,
        conversation_id: parameters.take("conversation_id")?,
        parent_message_id: parameters.take("parent_message_id")?,
        keep_history: history_disabled.map(|disabled| !disabled),
        limits: read_limits(&mut parameters)?,
        hints: read_hints(&mut parameters),
        drawing: None,
        tool_choice: chat_tools::read_choice(&mut parameters, &tools)?,
        tools,
        parallel_tool_calls: parameters.take("parallel_tool_calls")?,
        format: chat_tools::read_format(&mut parameters)?,
        verbosity: read_word(&mut parameters, "verbosity", VERBOSITIES)?,
        cache_key: parameters.take("prompt_cache_key")?,
        native: None,
    };
    let account_id = parameters.take("Chatgpt-Account-Id")?;
    let reasoning_format = read_word(&mut parameters, "reasoning_format", REASONING_FORMATS)?;
    let tool_activity = read_word(&mut parameters, "tool_activity", ACTIVITY_FORMATS)?;
    let delete_after_minutes = read_delete_after(&mut parameters, &turn)?;
    let answers = read_answers(&mut parameters)?;
    if are_names_dropped {
        asked.push(AskedParameter {
            name: "messages.name".to_owned(),
            parameter: None,
        });
    }
    Ok(ChatRequest {
        turn,
        stream,
        include_usage: stream && options.include_usage.unwrap_or(false),
        account_id,
        reasoning_format,
        tool_activity,
        delete_after_minutes,
        answers,
        asked,
    })
}

/// The body for a driver that speaks the same protocol.
pub fn native(body: &[u8]) -> Result<NativeBody, InvalidRequest> {
    let mut body: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| InvalidRequest::body(format!("the body is not JSON: {error}")))?;
    body.retain(|name, value| !OURS.contains(&name.as_str()) && !value.is_null());
    Ok(NativeBody {
        dialect: Dialect::ChatCompletions,
        body,
    })
}

fn read_answers(parameters: &mut Parameters<'_>) -> Result<u32, InvalidRequest> {
    let answers = parameters.take("n")?.unwrap_or(1);
    if (1..=MAX_ANSWERS).contains(&answers) {
        return Ok(answers);
    }
    let message = format!("n: ask for 1 to {MAX_ANSWERS} answers");
    Err(InvalidRequest::parameter("n", message))
}

/// Searching is asked for by its options, which themselves have no effect.
fn read_hints(parameters: &mut Parameters<'_>) -> Vec<Hint> {
    match parameters.take_raw("web_search_options") {
        Some(_) => vec![Hint::Search],
        None => Vec::new(),
    }
}

/// One of a few words.
fn read_word<T: Copy>(
    parameters: &mut Parameters<'_>,
    name: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, InvalidRequest> {
    let Some(word) = parameters.take::<String>(name)? else {
        return Ok(None);
    };
    if let Some((_, value)) = words.iter().find(|(known, _)| *known == word) {
        return Ok(Some(*value));
    }
    let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
    let message = format!("{name}: use {}", known.join(" or "));
    Err(InvalidRequest::parameter(name, message))
}

fn read_delete_after(
    parameters: &mut Parameters<'_>,
    turn: &Turn,
) -> Result<Option<u32>, InvalidRequest> {
    let name = "delete_after_minutes";
    let minutes: Option<u32> = parameters.take(name)?;
    let message = match minutes {
        Some(0) => "is at least 1",
        Some(_) if turn.keep_history == Some(false) => {
            "a temporary chat is not kept, so there is nothing to delete; leave out history_disabled"
        }
        Some(_) if turn.conversation_id.is_some() => {
            "only a conversation that begins with this request can be deleted after it"
        }
        minutes => return Ok(minutes),
    };
    Err(InvalidRequest::parameter(
        name,
        format!("{name}: {message}"),
    ))
}

fn read_effort(parameters: &mut Parameters<'_>) -> Result<Option<Effort>, InvalidRequest> {
    let Some(effort) = parameters.take::<String>("reasoning_effort")? else {
        return Ok(None);
    };
    let known = Effort::ALL.iter().find(|(word, _)| *word == effort);
    known.map(|(_, effort)| Some(*effort)).ok_or_else(|| {
        InvalidRequest::parameter(
            "reasoning_effort",
            "reasoning_effort: use none, minimal, low, medium, high, xhigh or max",
        )
    })
}

fn read_limits(parameters: &mut Parameters<'_>) -> Result<OutputLimits, InvalidRequest> {
    let older = parameters.take("max_tokens")?;
    let newer = parameters.take("max_completion_tokens")?;
    let max_tokens = newer.or(older);
    if max_tokens == Some(0) {
        let name = if newer.is_some() {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        return Err(InvalidRequest::parameter(
            name,
            format!("{name}: is at least 1"),
        ));
    }
    let stop = match parameters.take("stop")? {
        None => Vec::new(),
        Some(Stop::One(stop)) => vec![stop],
        Some(Stop::Several(stops)) => stops,
    };
    let is_odd = |stop: &String| stop.is_empty() || stop.len() > MAX_STOP_BYTES;
    if stop.len() > MAX_STOPS || stop.iter().any(is_odd) {
        return Err(InvalidRequest::parameter(
            "stop",
            format!("stop: send at most {MAX_STOPS} sequences of 1 to {MAX_STOP_BYTES} bytes each"),
        ));
    }
    Ok(OutputLimits {
        max_tokens,
        stop,
        max_beside: None,
    })
}

#[cfg(test)]
mod tests;
