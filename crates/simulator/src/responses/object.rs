//! The object a response is, at its beginning and at its end, with what the request said about it.

use http::StatusCode;
use serde_json::{Value, json};

use super::errors;
use super::usage::Usage;
use crate::reply::Reply;

/// A response as far as its request makes it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    base: Value,
    created: u64,
}

/// What the request may say and the response repeats, and what it says otherwise.
const REPEATED: [&str; 14] = [
    "background",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt_cache_key",
    "safety_identifier",
    "temperature",
    "top_p",
    "truncation",
    "user",
];

impl Object {
    /// The response of that id to a request.
    pub(crate) fn new(id: &str, created: u64, request: &Value) -> Self {
        let mut base = json!({
            "id": id,
            "object": "response",
            "created_at": created,
            "status": "in_progress",
            "completed_at": null,
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": null,
            "max_output_tokens": null,
            "max_tool_calls": null,
            "metadata": {},
            "output": [],
            "parallel_tool_calls": true,
            "previous_response_id": null,
            "prompt_cache_key": null,
            "prompt_cache_retention": null,
            "safety_identifier": null,
            "service_tier": request["service_tier"].as_str().unwrap_or("auto"),
            "store": request["store"].as_bool().unwrap_or(true),
            "temperature": 1.0,
            "top_logprobs": 0,
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": null,
            "user": null,
        });
        for name in REPEATED {
            if !request[name].is_null() {
                base[name] = request[name].clone();
            }
        }
        base["reasoning"] = json!({
            "effort": request["reasoning"]["effort"],
            "summary": request["reasoning"]["summary"],
        });
        base["text"] = text(&request["text"]);
        base["tools"] = tools(&request["tools"]);
        base["tool_choice"] = match &request["tool_choice"] {
            Value::Null => json!("auto"),
            choice => choice.clone(),
        };
        Self { base, created }
    }

    /// The response's id.
    pub(crate) fn id(&self) -> &str {
        self.base["id"].as_str().unwrap_or_default()
    }

    /// As it is before its end.
    pub(crate) fn begun(&self) -> Value {
        self.base.clone()
    }

    /// As it is when it has ended.
    pub(crate) fn ended(&self, status: &str, output: &[Value], usage: Usage) -> Value {
        let mut object = self.base.clone();
        object["status"] = json!(status);
        object["output"] = json!(output);
        object["usage"] = usage.of_response();
        if object["service_tier"] == "auto" {
            object["service_tier"] = json!("default");
        }
        if status == "completed" {
            object["completed_at"] = json!(self.created + 1);
        }
        object
    }

    /// As it is when it has ended too early, and why.
    pub(crate) fn incomplete(&self, reason: &str, output: &[Value], usage: Usage) -> Value {
        let mut object = self.ended("incomplete", output, usage);
        object["incomplete_details"] = json!({"reason": reason});
        object
    }

    /// As it is when it has failed.
    pub(crate) fn failed(&self, code: &str, message: &str) -> Value {
        let mut object = self.base.clone();
        object["status"] = json!("failed");
        object["error"] = json!({"code": code, "message": message});
        object
    }
}

fn text(asked: &Value) -> Value {
    let mut format = match &asked["format"] {
        Value::Null => json!({"type": "text"}),
        format => format.clone(),
    };
    if format["type"] == "json_schema" && format["strict"].is_null() {
        format["strict"] = json!(true);
    }
    json!({"format": format, "verbosity": asked["verbosity"].as_str().unwrap_or("medium")})
}

/// The tools with what is understood where nothing is said.
fn tools(asked: &Value) -> Value {
    let complete = |tool: &Value| {
        let mut tool = tool.clone();
        if tool["type"] == "function" {
            for (name, value) in [
                ("strict", json!(true)),
                ("description", Value::Null),
                ("parameters", Value::Null),
            ] {
                if tool[name].is_null() {
                    tool[name] = value;
                }
            }
        }
        tool
    };
    let tools = asked.as_array().into_iter().flatten();
    Value::Array(tools.map(complete).collect())
}

/// The refusal for a response that is not there, or somebody else's.
pub(crate) fn not_found(id: &str) -> Reply {
    let message = format!("Response with id '{id}' not found.");
    let body = errors::body("invalid_request_error", None, None, &message);
    Reply::json(StatusCode::NOT_FOUND, &body)
}
