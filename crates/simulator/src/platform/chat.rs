//! Chat completions: read and checked, answered by a script, and told whole or in chunks.

mod check;
mod chunks;
mod read;
mod whole;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::keys::Key;
use super::speech;
use crate::ids;
use crate::reply::Reply;
use crate::responses::answer::{Answer, Ending, Output, Source};
use crate::responses::faults::{self, Outcome};
use crate::responses::usage::Usage;
use crate::responses::{errors, play};
use crate::simulator::State;
use crate::timestamps::since_epoch;

/// An answer as a chat completion tells it.
pub(crate) struct Completion {
    id: String,
    created: u64,
    model: String,
    text: Option<String>,
    sources: Vec<Source>,
    refusal: Option<String>,
    /// The calls, each as it is when it is whole.
    calls: Vec<Value>,
    /// What is spoken instead of written.
    audio: Option<Value>,
    finish: &'static str,
    usage: Usage,
    /// How many choices there are, all the same.
    choices: u64,
}

/// `POST /v1/chat/completions`.
pub(super) async fn complete(
    Shared(state): Shared<Arc<State>>,
    Key(caller): Key,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Reply> {
    let request = super::object(&body)?;
    check::check(&request)?;
    let model = super::model(&request, super::models::Kind::Text)?;
    let asked = read::read(&request);
    let fault = match faults::outcome(&state, &caller, &headers, &asked.prompt).await {
        Outcome::Reply(reply) => return Ok(reply),
        Outcome::Answer(fault) => fault,
    };
    super::check_rate(&state, &caller, model)?;
    let answer = stopped(play::play(&asked), &request["stop"]);
    let usage = Usage::of(asked.input_tokens, &answer);
    let completion = Completion::new(&state, &request, answer, usage);
    if request["stream"] != true {
        return Ok(whole_reply(fault, &completion));
    }
    let includes_usage = request["stream_options"]["include_usage"] == true;
    let mut stream = completion.stream(includes_usage);
    faults::bend(fault, &mut stream);
    Ok(stream.response(&state))
}

/// A reply that is no stream; what would fail in a stream fails here before it.
fn whole_reply(fault: &str, completion: &Completion) -> Response {
    let fails = fault.starts_with("overloaded")
        || fault.starts_with("failed")
        || fault.starts_with("error");
    if fails {
        let body = errors::body(
            "server_error",
            None,
            None,
            "The server had an error while processing your request. (simulated)",
        );
        return Reply::json(StatusCode::INTERNAL_SERVER_ERROR, &body).into_response();
    }
    Reply::ok(&completion.whole()).into_response()
}

/// An answer up to a text at which it is to stop.
fn stopped(mut answer: Answer, stop: &Value) -> Answer {
    let stops: Vec<&str> = match stop {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => return answer,
    };
    for output in &mut answer.outputs {
        if let Output::Text(text, sources) = output
            && let Some(at) = stops.iter().filter_map(|stop| text.find(stop)).min()
        {
            text.truncate(at);
            sources.clear();
            answer.ending = Ending::Completed;
        }
    }
    answer
}

impl Completion {
    fn new(state: &State, request: &Value, answer: Answer, usage: Usage) -> Self {
        let id = format!(
            "chatcmpl-{}",
            ids::hex(&[&state.fresh_id("completion")], 32)
        );
        let created = since_epoch(state.now()).as_secs();
        let ending = answer.ending;
        let mut completion = Self {
            created,
            model: request["model"].as_str().unwrap_or_default().to_owned(),
            text: None,
            sources: Vec::new(),
            refusal: None,
            calls: Vec::new(),
            audio: None,
            finish: "stop",
            usage,
            choices: request["n"].as_u64().unwrap_or(1),
            id,
        };
        for output in answer.outputs {
            completion.take(output);
        }
        completion.finish = match ending {
            Ending::AtLimit => "length",
            Ending::Filtered => "content_filter",
            Ending::Completed if completion.calls.is_empty() => "stop",
            Ending::Completed => "tool_calls",
        };
        let modalities = request["modalities"].as_array();
        if modalities.is_some_and(|modalities| modalities.contains(&json!("audio")))
            && let Some(text) = completion.text.take()
        {
            completion.audio = Some(spoken(&completion.id, &text, request, created));
        }
        completion
    }

    /// Takes what an output is, if chat completions have it.
    fn take(&mut self, output: Output) {
        let id = |index: usize| format!("call_{}", ids::hex(&[&self.id, &index.to_string()], 24));
        match output {
            Output::Text(text, sources) => {
                self.text.get_or_insert_default().push_str(&text);
                self.sources.extend(sources);
            }
            Output::Refusal(text) => self.refusal = Some(text),
            Output::Call {
                name, arguments, ..
            } => self.calls.push(json!({
                "id": id(self.calls.len()),
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            })),
            Output::Custom { name, input } => self.calls.push(json!({
                "id": id(self.calls.len()),
                "type": "custom",
                "custom": {"name": name, "input": input},
            })),
            _ => {}
        }
    }
}

/// A text as it is spoken, with the words beside the sound.
fn spoken(id: &str, text: &str, request: &Value, now: u64) -> Value {
    let bytes = if request["audio"]["format"] == "pcm16" {
        speech::samples(text)
    } else {
        speech::wave(text)
    };
    json!({
        "id": format!("audio_{}", ids::hex(&[id], 32)),
        "data": STANDARD.encode(bytes),
        "expires_at": now + 3600,
        "transcript": text,
    })
}
