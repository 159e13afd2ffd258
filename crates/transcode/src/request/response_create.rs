//! A body of `POST /v1/responses` as what is asked and the way its answer is wanted.
//!
//! The input is taken as items and turned into messages later, by [`super::response_input`]:
//! what came before has to be looked up first. Called by `api`.

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde_json::{Map, Value};

use super::response_echo;
use super::response_tools;
use crate::parameter_table::{AskedParameter, FaceKind, asked_one, find};
use crate::turn::{AnswerFormat, Effort, JsonSchema, Turn, Verbosity};

/// No model has a longer name.
const MAX_MODEL_BYTES: usize = 256;

/// The most that `metadata` holds.
const MAX_METADATA: usize = 16;

/// A body that was understood.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "as many as the protocol has, each a parameter of its own"
)]
pub struct ResponseRequest {
    /// What is asked, but for its messages.
    pub turn: Turn,
    /// What is said now; a plain text is a message of the user.
    pub input: Vec<Value>,
    /// What goes before everything else that is said.
    pub instructions: Option<String>,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the response is kept.
    pub store: bool,
    /// Whether it goes on when the caller is gone.
    pub background: bool,
    /// The response that this one goes on from.
    pub previous_response_id: Option<String>,
    /// The conversation that this one belongs to.
    pub conversation: Option<String>,
    /// Whether sealed thoughts are shown.
    pub shows_sealed: bool,
    /// All parameters that ask for something, with what they ask for: what a driver has no place
    /// for is judged by these.
    pub asked: Vec<AskedParameter>,
    /// What the response repeats of the request.
    pub echo: Map<String, Value>,
    /// The body as it came, but for its input.
    pub body: Map<String, Value>,
}

/// Reads a body.
pub fn read(body: &[u8]) -> Result<ResponseRequest, InvalidRequest> {
    // The parameters are read one by one, so that an error names the one at fault.
    let mut parameters = Parameters::read(body)?;
    let mut whole: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| InvalidRequest::body(format!("the body is not JSON: {error}")))?;
    let model = read_model(&mut parameters)?;
    let input = read_input(&mut parameters)?;
    let background = parameters.take("background")?.unwrap_or(false);
    let store = parameters.take("store")?.unwrap_or(true);
    let previous_response_id: Option<String> = parameters.take("previous_response_id")?;
    let conversation = read_conversation(&mut parameters)?;
    if background && !store {
        let message =
            "background: a response in the background has to be kept; leave out \"store\"";
        return Err(InvalidRequest::parameter("background", message));
    }
    if previous_response_id.is_some() && conversation.is_some() {
        let message = "previous_response_id: a response goes on from a response or belongs to a \
             conversation; leave one out";
        return Err(InvalidRequest::parameter("previous_response_id", message));
    }
    let instructions = parameters.take("instructions")?;
    let tools = response_tools::read(&mut parameters)?;
    let (format, verbosity) = read_text(&mut parameters)?;
    let mut turn = Turn {
        model,
        effort: read_effort(&mut parameters)?,
        tools: tools.callable,
        tool_choice: tools.choice,
        hints: tools.hints,
        parallel_tool_calls: parameters.take("parallel_tool_calls")?,
        format,
        verbosity,
        cache_key: parameters.take("prompt_cache_key")?,
        ..Turn::default()
    };
    turn.limits.max_tokens = read_max_tokens(&mut parameters)?;
    check_metadata(&mut parameters)?;
    let include = read_include(&mut parameters)?;
    let stream = parameters.take("stream")?.unwrap_or(false);
    let members = whole.iter().filter(|(_, value)| !value.is_null());
    let asked = members.filter_map(|(name, value)| asked_one(FaceKind::Responses, name, value));
    let asked = asked.chain(tools.foreign).chain(include.foreign).collect();
    whole.remove("input");
    Ok(ResponseRequest {
        echo: response_echo::echo(&whole),
        asked,
        body: whole,
        turn,
        input,
        instructions,
        stream,
        store,
        background,
        previous_response_id,
        conversation,
        shows_sealed: include.shows_sealed,
    })
}

fn read_model(parameters: &mut Parameters<'_>) -> Result<String, InvalidRequest> {
    match parameters.take::<String>("model")? {
        Some(model) if !model.is_empty() && model.len() <= MAX_MODEL_BYTES => Ok(model),
        _ => Err(InvalidRequest::parameter(
            "model",
            "model: name a model, for example \"auto\"; GET /v1/models lists them",
        )),
    }
}

/// A text is one message.
fn read_input(parameters: &mut Parameters<'_>) -> Result<Vec<Value>, InvalidRequest> {
    match parameters.take::<Value>("input")? {
        Some(Value::String(text)) => {
            let content = serde_json::json!([{"type": "input_text", "text": text}]);
            Ok(vec![serde_json::json!({
                "type": "message", "role": "user", "content": content,
            })])
        }
        Some(Value::Array(items)) => Ok(items),
        None => Ok(Vec::new()),
        Some(_) => Err(InvalidRequest::parameter(
            "input",
            "input: send a text or a list of items",
        )),
    }
}

/// An id, or an object with one.
fn read_conversation(parameters: &mut Parameters<'_>) -> Result<Option<String>, InvalidRequest> {
    match parameters.take::<Value>("conversation")? {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(id)),
        Some(value) => match value["id"].as_str() {
            Some(id) => Ok(Some(id.to_owned())),
            None => Err(InvalidRequest::parameter(
                "conversation",
                "conversation: send the id of a conversation, or {\"id\": …}",
            )),
        },
    }
}

fn read_effort(parameters: &mut Parameters<'_>) -> Result<Option<Effort>, InvalidRequest> {
    let reasoning: Option<Map<String, Value>> = parameters.take("reasoning")?;
    let effort = reasoning.as_ref().and_then(|it| it.get("effort"));
    let Some(effort) = effort.filter(|it| !it.is_null()) else {
        return Ok(None);
    };
    let mut known = Effort::ALL.iter();
    let found = known.find(|(word, _)| Some(*word) == effort.as_str());
    found.map(|(_, effort)| Some(*effort)).ok_or_else(|| {
        InvalidRequest::parameter(
            "reasoning.effort",
            "reasoning.effort: use none, minimal, low, medium, high, xhigh or max",
        )
    })
}

fn read_text(
    parameters: &mut Parameters<'_>,
) -> Result<(AnswerFormat, Option<Verbosity>), InvalidRequest> {
    let text: Map<String, Value> = parameters.take("text")?.unwrap_or_default();
    let verbosity = match text.get("verbosity").filter(|it| !it.is_null()) {
        None => None,
        Some(word) => Some(match word.as_str() {
            Some("low") => Verbosity::Low,
            Some("medium") => Verbosity::Medium,
            Some("high") => Verbosity::High,
            _ => {
                return Err(InvalidRequest::parameter(
                    "text.verbosity",
                    "text.verbosity: use low, medium or high",
                ));
            }
        }),
    };
    let Some(format) = text.get("format").filter(|it| !it.is_null()) else {
        return Ok((AnswerFormat::Text, verbosity));
    };
    let said = |name: &str| format[name].as_str().map(str::to_owned);
    let format = match format["type"].as_str() {
        Some("text") => AnswerFormat::Text,
        Some("json_object") => AnswerFormat::JsonObject,
        Some("json_schema") => {
            let (Some(name), true) = (said("name"), format["schema"].is_object()) else {
                return Err(InvalidRequest::parameter(
                    "text.format",
                    "text.format: a json_schema has a \"name\" and a \"schema\"",
                ));
            };
            AnswerFormat::JsonSchema(JsonSchema {
                name,
                description: said("description"),
                schema: Some(format["schema"].clone()),
                strict: format["strict"].as_bool(),
            })
        }
        _ => {
            return Err(InvalidRequest::parameter(
                "text.format",
                "text.format: its type is text, json_object or json_schema",
            ));
        }
    };
    Ok((format, verbosity))
}

fn read_max_tokens(parameters: &mut Parameters<'_>) -> Result<Option<u64>, InvalidRequest> {
    let name = "max_output_tokens";
    let most = parameters.take(name)?;
    if most == Some(0) {
        let message = "max_output_tokens: is at least 1";
        return Err(InvalidRequest::parameter(name, message));
    }
    Ok(most)
}

fn check_metadata(parameters: &mut Parameters<'_>) -> Result<(), InvalidRequest> {
    let metadata: Option<Value> = parameters.take("metadata")?;
    metadata.as_ref().map_or(Ok(()), check_metadata_value)
}

/// At most sixteen texts by name, which is what clients are promised.
pub fn check_metadata_value(metadata: &Value) -> Result<(), InvalidRequest> {
    let is_fine = metadata.as_object().is_some_and(|it| {
        let fits = |(name, value): (&String, &Value)| {
            name.chars().count() <= 64
                && value
                    .as_str()
                    .is_some_and(|text| text.chars().count() <= 512)
        };
        it.len() <= MAX_METADATA && it.iter().all(fits)
    });
    if is_fine {
        return Ok(());
    }
    Err(InvalidRequest::parameter(
        "metadata",
        "metadata: send an object of at most 16 texts; names have 64 characters at most, texts 512",
    ))
}

/// What else is shown.
struct Include {
    shows_sealed: bool,
    /// What not every driver has.
    foreign: Option<AskedParameter>,
}

fn read_include(parameters: &mut Parameters<'_>) -> Result<Include, InvalidRequest> {
    let include: Vec<String> = parameters.take("include")?.unwrap_or_default();
    let names = |name: &str| include.iter().any(|it| it == name);
    Ok(Include {
        shows_sealed: names("reasoning.encrypted_content"),
        foreign: names("message.output_text.logprobs").then(|| AskedParameter {
            name: "include".to_owned(),
            parameter: find(FaceKind::Responses, "top_logprobs"),
        }),
    })
}

#[cfg(test)]
mod tests;
