//! What happens to each Chat Completions parameter the web driver cannot pass on.
//!
//! Data: a parameter that would change the answer is refused unless it asks for what
//! happens anyway; everything else is dropped, and named in the reply. What is passed on
//! or done here (`model`, `stop`, `max_tokens`, …) is taken before, in `chat_completion`.

use std::borrow::Cow;

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde_json::Value;

/// A parameter the web driver cannot serve, unless it asks for nothing.
struct Refused {
    name: &'static str,
    asks_for_nothing: fn(&Value) -> bool,
    instead: &'static str,
}

const TOOLS: &str = "the web driver has no caller-defined tools; leave it out";

const REFUSED: &[Refused] = &[
    Refused {
        name: "tools",
        asks_for_nothing: is_empty_list,
        instead: TOOLS,
    },
    Refused {
        name: "tool_choice",
        asks_for_nothing: leaves_it_open,
        instead: TOOLS,
    },
    Refused {
        name: "functions",
        asks_for_nothing: is_empty_list,
        instead: TOOLS,
    },
    Refused {
        name: "function_call",
        asks_for_nothing: leaves_it_open,
        instead: TOOLS,
    },
    Refused {
        name: "response_format",
        asks_for_nothing: |it| it.get("type").is_some_and(|kind| kind == "text"),
        instead: "the web driver cannot enforce a format; use {\"type\": \"text\"} or leave it out",
    },
    Refused {
        name: "n",
        asks_for_nothing: |it| *it == 1,
        instead: "the web driver gives one answer a request; send several requests",
    },
    Refused {
        name: "logprobs",
        asks_for_nothing: |it| *it == false,
        instead: "upstream states no log probabilities; leave it out",
    },
    Refused {
        name: "top_logprobs",
        asks_for_nothing: |it| *it == 0,
        instead: "upstream states no log probabilities; leave it out",
    },
    Refused {
        name: "logit_bias",
        asks_for_nothing: |it| it.as_object().is_some_and(serde_json::Map::is_empty),
        instead: "upstream takes no token biases; leave it out",
    },
    Refused {
        name: "modalities",
        asks_for_nothing: |it| *it == serde_json::json!(["text"]),
        instead: "only text is answered; use [\"text\"] or leave it out",
    },
    Refused {
        name: "audio",
        asks_for_nothing: |_| false,
        instead: "only text is answered; leave it out",
    },
];

/// Sorts what is left of `parameters`: refuses, or returns the names that are dropped.
pub(super) fn settle(mut parameters: Parameters<'_>) -> Result<Vec<String>, InvalidRequest> {
    for refused in REFUSED {
        let Some(value) = parameters.take::<Value>(refused.name)? else {
            continue;
        };
        if !(refused.asks_for_nothing)(&value) {
            let message = format!("{}: {}", refused.name, refused.instead);
            return Err(InvalidRequest::unsupported(refused.name, message));
        }
    }
    Ok(parameters.into_untaken().map(Cow::into_owned).collect())
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn leaves_it_open(value: &Value) -> bool {
    value == "none" || value == "auto"
}
