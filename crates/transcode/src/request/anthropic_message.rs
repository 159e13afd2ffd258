//! A Messages body as a [`Turn`] and the way its answer is wanted.
//!
//! Called by `api`. Every parameter is passed on, done here, refused or named as dropped. Places
//! in the body are named as Anthropic does: `messages.0.content.1`.

mod blocks;
mod client_tools;
mod documents;
mod history;
mod thinking;
mod tools;

use anthropic::request_options::{Metadata, OutputConfig, OutputFormat};
use anthropic::request_tool::RequestToolChoice;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::parameter_table::{AskedParameter, FaceKind, asked};
use crate::turn::{AnswerFormat, JsonSchema, OutputLimits, Speaker, Turn, TurnMessage, TurnPart};

/// Stop sequences beyond this many, or longer than this, are a mistake.
const MAX_STOPS: usize = 16;
const MAX_STOP_BYTES: usize = 1024;

/// No model has a longer name.
const MAX_MODEL_BYTES: usize = 256;

/// Marks what is to be cached; agents put it on many blocks, so it is named once.
const CACHE_CONTROL: &str = "cache_control";

/// An agent's note to Anthropic's accounting, which it puts before the instructions. It is
/// another one in each request, so no upstream would find a prompt in its cache.
const BILLING: &str = "x-anthropic-billing-header:";

/// A body that was understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MessagesRequest {
    /// What is asked.
    pub turn: Turn,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether thoughts are part of the answer, and whether their text is.
    pub thoughts: Thoughts,
    /// Whether searches are told as blocks of the answer.
    pub tells_searches: bool,
    /// Parameters that have no effect with any driver, by name.
    pub dropped: Vec<String>,
    /// Every other parameter that asks for something, for what depends on the driver.
    pub asked: Vec<AskedParameter>,
}

/// What an answer holds of thoughts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Thoughts {
    /// Nothing: thinking was not asked for.
    #[default]
    Left,
    /// Their seals.
    Sealed,
    /// All.
    Shown,
}

/// What the body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be answered.
    Answer,
    /// To be counted: nothing about the answer is needed.
    Count,
}

/// What clients know the refusal of a `thread` by; they send the whole conversation then.
pub const THREAD_UNSUPPORTED: &str = "thread_unsupported_request";

/// Reads a body.
pub fn read(body: &[u8], purpose: Purpose) -> Result<MessagesRequest, InvalidRequest> {
    let mut parameters = Parameters::read(body)?;
    let mut asked = asked(FaceKind::Messages, &parameters);
    let model = read_model(&mut parameters)?;
    let max_tokens = read_max_tokens(&mut parameters, purpose)?;
    let Some(messages) = parameters.take::<Vec<&RawValue>>("messages")? else {
        return Err(required("messages"));
    };
    let system = parameters.take_raw("system");
    let mut notes = Vec::new();
    let system = system.map(|raw| read_system(raw, &mut notes)).transpose()?;
    let history = history::read(&messages, purpose)?;
    let stream = parameters.take("stream")?.unwrap_or(false);
    let (thinking, config) = (
        parameters.take("thinking")?,
        output_config(&mut parameters)?,
    );
    let thinking = thinking::read(thinking, config.effort.as_deref())?;
    let format = read_format(config.format)?;
    let tools = tools::read(parameters.take("tools")?.unwrap_or_default())?;
    let choice: Option<RequestToolChoice> = parameters.take("tool_choice")?;
    let parallel = choice.as_ref().and_then(|it| it.disable_parallel_tool_use);
    let turn = Turn {
        model,
        messages: system
            .flatten()
            .into_iter()
            .chain(history.messages)
            .collect(),
        effort: thinking.effort,
        limits: OutputLimits {
            max_tokens,
            stop: read_stop(&mut parameters)?,
            max_beside: None,
        },
        tool_choice: tools::read_choice(choice.as_ref(), &tools)?,
        hints: tools.hints,
        tools: tools.functions,
        parallel_tool_calls: parallel.map(|is_disabled| !is_disabled),
        format,
        cache_key: read_cache_key(&mut parameters)?,
        ..Turn::default()
    };
    refuse(&mut parameters)?;
    let mut dropped: Vec<String> = parameters.into_untaken().map(Into::into).collect();
    let is_named = dropped.iter().any(|name| name == CACHE_CONTROL);
    if !is_named && marks_caches(body) {
        dropped.push(CACHE_CONTROL.to_owned());
    }
    dropped.extend(notes);
    dropped.extend(tools.dropped);
    dropped.extend(history.dropped.into_iter().map(str::to_owned));
    asked.retain(|it| !dropped.contains(&it.name));
    Ok(MessagesRequest {
        turn,
        stream,
        thoughts: thinking.thoughts,
        tells_searches: tools.searches,
        dropped,
        asked,
    })
}

fn required(name: &str) -> InvalidRequest {
    InvalidRequest::parameter(name, format!("{name}: Field required"))
}

fn read_model(parameters: &mut Parameters<'_>) -> Result<String, InvalidRequest> {
    match parameters.take::<String>("model")? {
        Some(model) if !model.is_empty() && model.len() <= MAX_MODEL_BYTES => Ok(model),
        Some(_) => Err(InvalidRequest::parameter(
            "model",
            format!("model: has 1 to {MAX_MODEL_BYTES} bytes"),
        )),
        None => Err(required("model")),
    }
}

fn read_max_tokens(
    parameters: &mut Parameters<'_>,
    purpose: Purpose,
) -> Result<Option<u64>, InvalidRequest> {
    let name = "max_tokens";
    match parameters.take::<u64>(name)? {
        None if purpose == Purpose::Answer => Err(required(name)),
        Some(0) => Err(InvalidRequest::parameter(
            name,
            "max_tokens: is at least 1; there is no cache here that could be filled without an \
             answer",
        )),
        max_tokens => Ok(max_tokens),
    }
}

/// Instructions: a string or text blocks; the places of blocks that are none are added to
/// `dropped`.
fn read_system(
    raw: &RawValue,
    dropped: &mut Vec<String>,
) -> Result<Option<TurnMessage>, InvalidRequest> {
    let mut parts = Vec::new();
    for (index, text) in blocks::read_texts("system", raw)?.into_iter().enumerate() {
        if text.starts_with(BILLING) {
            dropped.push(format!("system.{index}"));
        } else {
            parts.push(TurnPart::Text(text));
        }
    }
    Ok((!parts.is_empty()).then_some(TurnMessage {
        role: Speaker::System,
        parts,
        answers: None,
    }))
}

/// `output_config`, with the older names of what is in it.
fn output_config(parameters: &mut Parameters<'_>) -> Result<OutputConfig, InvalidRequest> {
    let config: OutputConfig = parameters.take("output_config")?.unwrap_or_default();
    let format: Option<OutputFormat> = parameters.take("output_format")?;
    let effort = parameters.take("effort")?;
    Ok(OutputConfig {
        effort: config.effort.or(effort),
        format: config.format.or(format),
    })
}

fn read_format(format: Option<OutputFormat>) -> Result<AnswerFormat, InvalidRequest> {
    let Some(OutputFormat { kind, schema }) = format else {
        return Ok(AnswerFormat::Text);
    };
    let path = "output_config.format";
    if kind != "json_schema" {
        let message = format!("{path}.type: use json_schema");
        return Err(InvalidRequest::parameter(path, message));
    }
    let Some(schema) = schema.filter(Value::is_object) else {
        let message = format!("{path}.schema: Field required");
        return Err(InvalidRequest::parameter(path, message));
    };
    Ok(AnswerFormat::JsonSchema(JsonSchema {
        name: "answer".to_owned(),
        description: None,
        schema: Some(schema),
        strict: Some(true),
    }))
}

fn read_stop(parameters: &mut Parameters<'_>) -> Result<Vec<String>, InvalidRequest> {
    let name = "stop_sequences";
    let stop: Vec<String> = parameters.take(name)?.unwrap_or_default();
    let is_odd = |stop: &String| stop.trim().is_empty() || stop.len() > MAX_STOP_BYTES;
    if stop.len() > MAX_STOPS || stop.iter().any(is_odd) {
        let message = format!(
            "{name}: send at most {MAX_STOPS} sequences of 1 to {MAX_STOP_BYTES} bytes, none of \
             them only whitespace"
        );
        return Err(InvalidRequest::parameter(name, message));
    }
    Ok(stop)
}

/// Agents put their session into `metadata.user_id`. Upstream gets a digest of it, so that it
/// is not told who the person is.
fn read_cache_key(parameters: &mut Parameters<'_>) -> Result<Option<String>, InvalidRequest> {
    let metadata: Metadata = parameters.take("metadata")?.unwrap_or_default();
    Ok(metadata.user_id.map(|id| {
        let digest = Sha256::digest(format!("flowgpt messages {id}"));
        let (first, _) = digest.split_at(16);
        format!("messages-{}", URL_SAFE_NO_PAD.encode(first))
    }))
}

/// Whether there is a mark anywhere. Inside a string the quotes around it would be escaped.
fn marks_caches(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|body| body.contains("\"cache_control\""))
}

/// What would change the answer and cannot be done.
fn refuse(parameters: &mut Parameters<'_>) -> Result<(), InvalidRequest> {
    let servers: Option<Vec<Value>> = parameters.take("mcp_servers")?;
    if servers.is_some_and(|it| !it.is_empty()) {
        return Err(InvalidRequest::unsupported(
            "mcp_servers",
            "mcp_servers: the gateway connects to no MCP servers; give their tools as tools",
        ));
    }
    if parameters.take_raw("thread").is_some() {
        return Err(InvalidRequest {
            code: Some(THREAD_UNSUPPORTED),
            ..InvalidRequest::unsupported(
                "thread",
                "thread: the gateway holds no conversations of this protocol; send all messages",
            )
        });
    }
    let container: Option<Value> = parameters.take("container")?;
    if container.is_some() {
        return Err(InvalidRequest::unsupported(
            "container",
            "container: there are no containers that could be used again; leave it out",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
