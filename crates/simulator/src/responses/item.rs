//! The items of a response: what each output of an answer is when it is done, and what it was when
//! it began.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::{Ending, Output, Source};
use super::asked::Drawing;
use super::sealed;
use crate::account::Account;
use crate::artifacts;
use crate::ids;

/// What the items of a response have in common.
pub(crate) struct Making<'a> {
    /// The response's id, from which theirs follow.
    pub(crate) response: &'a str,
    pub(crate) account: &'a Account,
    /// Whether thoughts are sealed.
    pub(crate) sealed: bool,
    pub(crate) ending: Ending,
}

impl Making<'_> {
    /// An id that begins like that.
    fn id(&self, prefix: &str, index: usize) -> String {
        let digits = ids::hex(&[self.response, prefix, &index.to_string()], 48);
        format!("{prefix}_{digits}")
    }

    /// The id of a call, which its output names.
    fn call_id(&self, index: usize) -> String {
        let digits = ids::hex(&[self.response, "call", &index.to_string()], 24);
        format!("call_{digits}")
    }

    /// The item that an output is in the end. `is_last` is the one that an ending cuts.
    pub(crate) fn done(&self, index: usize, output: &Output, is_last: bool) -> Value {
        let status = if is_last && self.ending != Ending::Completed {
            "incomplete"
        } else {
            "completed"
        };
        match output {
            Output::Reasoning(parts) => self.reasoning(index, parts),
            Output::Text(text, sources) => self.message(index, status, &text_part(text, sources)),
            Output::Refusal(text) => {
                let part = json!({"type": "refusal", "refusal": text});
                self.message(index, status, &part)
            }
            Output::Search(query) => json!({
                "id": self.id("ws", index),
                "type": "web_search_call",
                "status": "completed",
                "action": {"type": "search", "query": query, "queries": [query]},
            }),
            Output::Picture(prompt, drawing) => self.picture(index, prompt, drawing),
            Output::Code { program, printed } => json!({
                "id": self.id("ci", index),
                "type": "code_interpreter_call",
                "status": "completed",
                "code": program,
                "container_id": self.id("cntr", index),
                "outputs": [{"type": "logs", "logs": printed}],
            }),
            Output::Call { .. } | Output::Custom { .. } | Output::LocalShell(_) => {
                self.call(index, output)
            }
        }
    }

    fn reasoning(&self, index: usize, parts: &[String]) -> Value {
        let id = self.id("rs", index);
        let part = |text: &String| json!({"type": "summary_text", "text": text});
        let summary: Vec<Value> = parts.iter().map(part).collect();
        let mut item = json!({"id": id, "type": "reasoning", "summary": summary});
        if self.sealed {
            item["encrypted_content"] = json!(sealed::seal(self.account, &id));
        }
        item
    }

    fn message(&self, index: usize, status: &str, part: &Value) -> Value {
        json!({
            "id": self.id("msg", index),
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": [part],
        })
    }

    fn picture(&self, index: usize, prompt: &str, drawing: &Drawing) -> Value {
        let (width, height) = drawing.size;
        json!({
            "id": self.id("ig", index),
            "type": "image_generation_call",
            "status": "completed",
            "background": drawing.background,
            "output_format": drawing.output_format,
            "quality": drawing.quality,
            "size": format!("{width}x{height}"),
            "revised_prompt": prompt,
            "result": png(prompt, drawing.size),
        })
    }

    fn call(&self, index: usize, output: &Output) -> Value {
        let call_id = self.call_id(index);
        match output {
            Output::Custom { name, input } => json!({
                "id": self.id("ctc", index),
                "type": "custom_tool_call",
                "status": "completed",
                "call_id": call_id,
                "name": name,
                "input": input,
            }),
            Output::LocalShell(command) => json!({
                "id": self.id("lsh", index),
                "type": "local_shell_call",
                "status": "completed",
                "call_id": call_id,
                "action": {"type": "exec", "command": command, "env": {}, "timeout_ms": null,
                    "user": null, "working_directory": null},
            }),
            Output::Call {
                name,
                namespace,
                arguments,
            } => {
                let mut item = json!({
                    "id": self.id("fc", index),
                    "type": "function_call",
                    "status": "completed",
                    "call_id": call_id,
                    "name": name,
                    "arguments": arguments,
                });
                if let Some(namespace) = namespace {
                    item["namespace"] = json!(namespace);
                }
                item
            }
            _ => Value::Null,
        }
    }
}

/// What an item was when it began.
pub(crate) fn begun(done: &Value) -> Value {
    let mut item = done.clone();
    if !item["status"].is_null() {
        item["status"] = json!("in_progress");
    }
    let empty = match done["type"].as_str() {
        Some("message") => ("content", json!([])),
        Some("reasoning") => ("summary", json!([])),
        Some("function_call") => ("arguments", json!("")),
        Some("custom_tool_call") => ("input", json!("")),
        Some("image_generation_call") => ("result", Value::Null),
        Some("code_interpreter_call") => ("code", json!("")),
        Some("web_search_call") => {
            let action = json!({"type": "search", "query": "", "queries": []});
            ("action", action)
        }
        _ => return item,
    };
    item[empty.0] = empty.1;
    if done["type"] == "code_interpreter_call" {
        item["outputs"] = Value::Null;
    }
    item
}

/// A part of a message.
pub(crate) fn text_part(text: &str, sources: &[Source]) -> Value {
    let annotations: Vec<Value> = sources.iter().map(annotation).collect();
    json!({"type": "output_text", "text": text, "annotations": annotations, "logprobs": []})
}

fn annotation(source: &Source) -> Value {
    json!({
        "type": "url_citation",
        "url": source.url,
        "title": source.title,
        "start_index": source.start,
        "end_index": source.end,
    })
}

/// A picture, in base64.
fn png(name: &str, (width, height): (u16, u16)) -> String {
    let artifact = artifacts::picture(&artifacts::picture_id(&[name], width, height));
    let bytes: Vec<u8> = artifact.pieces(0..artifact.size).flatten().collect();
    STANDARD.encode(bytes)
}
