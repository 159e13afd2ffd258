//! The rows of the chats' faces.

use serde_json::{Value, json};

use super::Treatment::{
    Done, Dropped, Emulated, Passed, PassedOrDropped, PassedOrRefused, Refused,
};
use super::{Parameter, Treatment, Treatments};
use crate::turn::{AnswerFormat, ToolChoice};

const fn row(
    names: [&'static [&'static str]; 3],
    [web, codex, platform]: [Treatment; 3],
    asks_for_nothing: fn(&Value) -> bool,
    about: &'static str,
) -> Parameter {
    let treatments = Treatments {
        web,
        codex,
        platform,
    };
    let [chat, responses, messages] = names;
    Parameter {
        names: [chat, responses, messages, &[]],
        treatments,
        asks_for_nothing,
        is_asked: |_| true,
        about,
    }
}

/// A parameter that is about tools of the caller's; upstream's own stand beside them.
const fn about_tools(names: [&'static [&'static str]; 3]) -> Parameter {
    Parameter {
        is_asked: |turn| !turn.tools.is_empty() && turn.tool_choice != ToolChoice::None,
        ..row(names, TOOLS, never, "tools of the caller's")
    }
}

/// Nothing that may be written asks for what happens anyway.
fn never(_: &Value) -> bool {
    false
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// What is so unless somebody asks for something else.
fn is_one(value: &Value) -> bool {
    value.as_f64() == Some(1.0)
}

fn is_false(value: &Value) -> bool {
    *value == false
}

const EVERYWHERE: [Treatment; 3] = [Passed, Passed, Passed];
const HERE: [Treatment; 3] = [Done, Done, Done];
const SAMPLING: [Treatment; 3] = [Dropped, Dropped, PassedOrDropped];
const TOOLS: [Treatment; 3] = [Emulated, Passed, Passed];
const WEB_ONLY: [Treatment; 3] = [Passed, Refused, Refused];
const NATIVE_ONLY: [Treatment; 3] = [Refused, Refused, PassedOrRefused];

pub(super) const ROWS: &[Parameter] = &[
    row(
        [&["model"], &["model"], &["model"]],
        EVERYWHERE,
        never,
        "the model",
    ),
    row(
        [&["messages"], &["input"], &["messages"]],
        EVERYWHERE,
        never,
        "what is said",
    ),
    row(
        [&[], &["instructions"], &["system"]],
        EVERYWHERE,
        never,
        "instructions",
    ),
    row(
        [&["stream"], &["stream"], &["stream"]],
        HERE,
        never,
        "a streamed answer",
    ),
    row(
        [&["stream_options"], &["stream_options"], &[]],
        HERE,
        never,
        "how a stream is written",
    ),
    row(
        [
            &["max_completion_tokens", "max_tokens"],
            &["max_output_tokens"],
            &["max_tokens"],
        ],
        [Done, Done, Passed],
        never,
        "a limit of tokens",
    ),
    row(
        [&["stop"], &[], &["stop_sequences"]],
        HERE,
        is_empty,
        "where the answer ends",
    ),
    row(
        [
            &["reasoning_effort"],
            &["reasoning"],
            &["thinking", "effort"],
        ],
        EVERYWHERE,
        never,
        "how long to think",
    ),
    row(
        [&["verbosity"], &[], &[]],
        [Dropped, Passed, Passed],
        never,
        "how long the answer is",
    ),
    about_tools([&["tools", "functions"], &["tools"], &["tools"]]),
    about_tools([
        &["tool_choice", "function_call"],
        &["tool_choice"],
        &["tool_choice"],
    ]),
    row(
        [&["parallel_tool_calls"], &["parallel_tool_calls"], &[]],
        [Dropped, Passed, Passed],
        |it| *it == true,
        "several calls of tools at once",
    ),
    Parameter {
        is_asked: |turn| turn.format != AnswerFormat::Text,
        ..row(
            [
                &["response_format"],
                &["text"],
                &["output_format", "output_config"],
            ],
            TOOLS,
            never,
            "a form that the answer has to have",
        )
    },
    row(
        [&["n"], &[], &[]],
        [Done, Done, PassedOrRefused],
        |it| *it == 1,
        "several answers to one request",
    ),
    row(
        [&["logprobs"], &[], &[]],
        NATIVE_ONLY,
        is_false,
        "log probabilities",
    ),
    row(
        [&["top_logprobs"], &["top_logprobs"], &[]],
        NATIVE_ONLY,
        |it| *it == 0,
        "log probabilities",
    ),
    row(
        [&["logit_bias"], &[], &[]],
        NATIVE_ONLY,
        is_empty,
        "biases of tokens",
    ),
    row(
        [&["modalities"], &[], &[]],
        NATIVE_ONLY,
        |it| *it == json!(["text"]),
        "an answer as sound",
    ),
    row(
        [&["audio"], &[], &[]],
        NATIVE_ONLY,
        never,
        "an answer as sound",
    ),
    row(
        [&["temperature"], &["temperature"], &["temperature"]],
        SAMPLING,
        is_one,
        "sampling",
    ),
    row(
        [&["top_p"], &["top_p"], &["top_p"]],
        SAMPLING,
        is_one,
        "sampling",
    ),
    row([&[], &[], &["top_k"]], SAMPLING, never, "sampling"),
    row(
        [&["frequency_penalty", "presence_penalty", "seed"], &[], &[]],
        SAMPLING,
        never,
        "sampling",
    ),
    row(
        [&["prediction"], &[], &[]],
        SAMPLING,
        never,
        "what the answer may be like",
    ),
    row(
        [
            &["user", "safety_identifier"],
            &["user", "safety_identifier"],
            &[],
        ],
        SAMPLING,
        never,
        "who the caller's user is",
    ),
    row(
        [&["metadata"], &[], &["metadata"]],
        SAMPLING,
        is_empty,
        "notes of the caller's",
    ),
    row(
        [&[], &["metadata"], &[]],
        HERE,
        is_empty,
        "notes of the caller's",
    ),
    row(
        [&["store"], &[], &[]],
        SAMPLING,
        is_false,
        "an answer that is kept",
    ),
    row(
        [&["service_tier"], &["service_tier"], &["service_tier"]],
        SAMPLING,
        |it| it == "auto" || it == "default",
        "a class of service",
    ),
    row(
        [&["prompt_cache_key"], &["prompt_cache_key"], &[]],
        [Dropped, Passed, Passed],
        never,
        "what upstream finds its cache by",
    ),
    row(
        [
            &["prompt_cache_retention"],
            &["prompt_cache_retention"],
            &["cache_control"],
        ],
        SAMPLING,
        never,
        "how long upstream keeps its cache",
    ),
    row(
        [&["web_search_options"], &[], &[]],
        EVERYWHERE,
        never,
        "searching the web",
    ),
    row(
        [
            &[],
            &[
                "store",
                "previous_response_id",
                "conversation",
                "background",
                "include",
            ],
            &[],
        ],
        HERE,
        never,
        "what the gateway keeps of answers",
    ),
    row(
        [&[], &["truncation"], &[]],
        SAMPLING,
        |it| it == "disabled" || it == "auto",
        "what is left out of a long conversation",
    ),
    row(
        [&[], &["max_tool_calls"], &[]],
        SAMPLING,
        never,
        "how many tools are used",
    ),
    row(
        [&[], &["prompt"], &[]],
        NATIVE_ONLY,
        never,
        "a prompt that upstream keeps",
    ),
    row(
        [&["conversation_id", "parent_message_id"], &[], &[]],
        WEB_ONLY,
        never,
        "a conversation that ChatGPT keeps",
    ),
    row(
        [&["history_disabled"], &[], &[]],
        [Passed, Done, Done],
        never,
        "whether ChatGPT keeps the conversation",
    ),
    row(
        [&["delete_after_minutes"], &[], &[]],
        WEB_ONLY,
        never,
        "a conversation that is deleted later",
    ),
    row(
        [&["Chatgpt-Account-Id"], &[], &[]],
        [Passed, Passed, Dropped],
        never,
        "the workspace to act for",
    ),
    row(
        [&["reasoning_format", "tool_activity"], &[], &[]],
        HERE,
        never,
        "how the answer is shown",
    ),
    row(
        [&[], &["tools.*", "input.*"], &[]],
        NATIVE_ONLY,
        never,
        "a tool or an item that only OpenAI's platform has",
    ),
    row(
        [&[], &[], &["mcp_servers", "container"]],
        NATIVE_ONLY,
        is_empty,
        "servers of tools",
    ),
    row(
        [&[], &[], &["context_management"]],
        SAMPLING,
        is_empty,
        "what is left out of a context",
    ),
];
