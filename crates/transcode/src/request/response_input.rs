//! Items of the Responses API to turn messages: what is said now and what was said before.
//!
//! What cannot be served is refused with the item named. Items of earlier answers that upstream
//! has no use for are left out; what code and tools did is told in words. Called by `api`.

mod content;

use openai::error::InvalidRequest;
use serde_json::Value;

use crate::parameter_table::{AskedParameter, FaceKind, find};
use crate::turn::{
    Attachment, AttachmentKind, AttachmentSource, ImageDetail, Speaker, Thought, ToolCall,
    ToolKind, TurnMessage, TurnPart,
};
use content::parts;

/// More items than any conversation has.
const MAX_ITEMS: usize = 8192;

/// More attachments than upstream takes in one turn.
const MAX_ATTACHMENTS: usize = 64;

/// Where something is that was said before.
const BEFORE: &str = "previous";

/// Items of earlier answers that say nothing the answer's text does not say.
const PASSED_OVER: [&str; 6] = [
    "web_search_call",
    "file_search_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_approval_response",
    "compaction",
];

/// What items become.
#[derive(Debug, Default)]
pub struct Messages {
    /// The messages, the oldest first.
    pub messages: Vec<TurnMessage>,
    /// Kinds of items that were left out, as `input.file_search_call`, and those that not every
    /// driver has.
    pub foreign: Vec<AskedParameter>,
}

/// Reads what was said before, and what is said now; `instructions` go before it all.
pub fn messages(
    instructions: Option<&str>,
    before: &[Value],
    input: &[Value],
) -> Result<Messages, InvalidRequest> {
    if before.len() + input.len() > MAX_ITEMS {
        let message = format!("input: at most {MAX_ITEMS} items are taken, with those before them");
        return Err(InvalidRequest::parameter("input", message));
    }
    let mut read = Messages::default();
    if let Some(text) = instructions.filter(|it| !it.is_empty()) {
        read.messages.push(TurnMessage::text(Speaker::System, text));
    }
    for (index, item) in before.iter().enumerate() {
        read.take(&format!("{BEFORE}[{index}]"), item)?;
    }
    for (index, item) in input.iter().enumerate() {
        read.take(&format!("input[{index}]"), item)?;
    }
    let says = |it: &TurnMessage| it.role != Speaker::System;
    if !read.messages.iter().any(says) && input.is_empty() {
        let message = "input: send a text or at least one item";
        return Err(InvalidRequest::parameter("input", message));
    }
    let attachments = read.messages.iter().map(|it| it.attachments().count());
    if attachments.sum::<usize>() > MAX_ATTACHMENTS {
        let message = format!("input: at most {MAX_ATTACHMENTS} pictures and files are taken");
        return Err(InvalidRequest::parameter("input", message));
    }
    Ok(read)
}

impl Messages {
    fn take(&mut self, path: &str, item: &Value) -> Result<(), InvalidRequest> {
        let kind = match item["type"].as_str() {
            Some(kind) => kind,
            None if item["role"].is_string() => "message",
            None => "",
        };
        match kind {
            "message" => {
                let role = role(path, item)?;
                let parts = parts(&format!("{path}.content"), role, &item["content"])?;
                self.push(role, parts);
            }
            "reasoning" => self.push(Speaker::Assistant, vec![TurnPart::Thought(thought(item))]),
            "function_call" => {
                let call = call(path, item, ToolKind::Function, "arguments")?;
                self.push(Speaker::Assistant, vec![call]);
            }
            "custom_tool_call" => {
                let call = call(path, item, ToolKind::Custom, "input")?;
                self.push(Speaker::Assistant, vec![call]);
            }
            "function_call_output" | "custom_tool_call_output" => {
                let answers = text_at(path, item, "call_id")?;
                let output = &item["output"];
                let parts = parts(&format!("{path}.output"), Speaker::Tool, output)?;
                self.messages.push(TurnMessage {
                    role: Speaker::Tool,
                    parts,
                    answers: Some(answers),
                });
            }
            "image_generation_call" => self.picture(path, item)?,
            "code_interpreter_call" | "mcp_call" => {
                if let Some(told) = told(item) {
                    self.push(Speaker::Assistant, vec![TurnPart::Text(told)]);
                }
            }
            "item_reference" => return Err(unknown_reference(path, item)),
            kind if PASSED_OVER.contains(&kind) => self.drop_kind(kind),
            "" => {
                let path = format!("{path}.type");
                let message = format!("{path}: is missing; say what kind of item it is");
                return Err(InvalidRequest::parameter(path, message));
            }
            // Part of an earlier answer, which says what came of it.
            kind if path.starts_with(BEFORE) => self.drop_kind(kind),
            _ => self.foreign.push(AskedParameter {
                name: format!("{path}.type"),
                parameter: find(FaceKind::Responses, "input.*"),
            }),
        }
        Ok(())
    }

    /// Adds a message; what the model thought, said and called in one go is one message.
    fn push(&mut self, role: Speaker, mut parts: Vec<TurnPart>) {
        let acts = |parts: &[TurnPart]| {
            let mut parts = parts.iter();
            parts.any(|it| matches!(it, TurnPart::ToolCall(_) | TurnPart::Thought(_)))
        };
        match self.messages.last_mut() {
            Some(last)
                if role == Speaker::Assistant
                    && last.role == role
                    && (acts(&last.parts) || acts(&parts)) =>
            {
                last.parts.append(&mut parts);
            }
            _ => self.messages.push(TurnMessage {
                role,
                parts,
                answers: None,
            }),
        }
    }

    /// A picture of the model's is shown to it again, so that it can go on with it.
    fn picture(&mut self, path: &str, item: &Value) -> Result<(), InvalidRequest> {
        let Some(data) = item["result"].as_str().filter(|it| !it.is_empty()) else {
            self.drop_kind("image_generation_call");
            return Ok(());
        };
        let source = content::source(path, openai::message_part::FileSource::Data(data.into()))?;
        let format = item["output_format"].as_str().unwrap_or("png");
        let source = match source {
            AttachmentSource::Data { bytes, mime } => AttachmentSource::Data {
                bytes,
                mime: mime.or_else(|| Some(format!("image/{format}"))),
            },
            other => other,
        };
        let attachment = Attachment {
            path: path.to_owned(),
            kind: AttachmentKind::Image(ImageDetail::Auto),
            source,
            name: None,
        };
        self.push(Speaker::User, vec![TurnPart::Attachment(attachment)]);
        Ok(())
    }

    fn drop_kind(&mut self, kind: &str) {
        let name = format!("input.{kind}");
        // A search is in the answer that came of it.
        let left_out = AskedParameter {
            name,
            parameter: None,
        };
        if kind != "web_search_call" && !self.foreign.contains(&left_out) {
            self.foreign.push(left_out);
        }
    }
}

fn role(path: &str, item: &Value) -> Result<Speaker, InvalidRequest> {
    match item["role"].as_str() {
        Some("user") => Ok(Speaker::User),
        Some("assistant") => Ok(Speaker::Assistant),
        Some("system" | "developer") => Ok(Speaker::System),
        _ => {
            let path = format!("{path}.role");
            let message = format!("{path}: use user, assistant, system or developer");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}

fn thought(item: &Value) -> Thought {
    let summary = item["summary"].as_array().into_iter().flatten();
    let texts = summary.filter_map(|part| part["text"].as_str());
    Thought {
        summary: texts.map(str::to_owned).collect(),
        sealed: item["encrypted_content"].as_str().map(str::to_owned),
    }
}

fn call(path: &str, item: &Value, kind: ToolKind, input: &str) -> Result<TurnPart, InvalidRequest> {
    Ok(TurnPart::ToolCall(ToolCall {
        id: text_at(path, item, "call_id")?,
        name: text_at(path, item, "name")?,
        kind,
        input: text_at(path, item, input)?,
    }))
}

/// What code or a tool did, in words: there is no other place for it.
fn told(item: &Value) -> Option<String> {
    let output = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if item["type"] == "code_interpreter_call" {
        let code = item["code"].as_str()?;
        let outputs = item["outputs"].as_array().into_iter().flatten();
        let logs: String = outputs.map(|it| output(&it["logs"])).collect();
        return Some(format!("```python\n{code}\n```\n\n```Output\n{logs}\n```"));
    }
    let (name, asked) = (item["name"].as_str()?, output(&item["arguments"]));
    Some(format!("{name}({asked})\n\n{}", output(&item["output"])))
}

fn text_at(path: &str, item: &Value, name: &str) -> Result<String, InvalidRequest> {
    item[name].as_str().map(str::to_owned).ok_or_else(|| {
        let path = format!("{path}.{name}");
        let message = format!("{path}: is missing; send a string");
        InvalidRequest::parameter(path, message)
    })
}

/// The id of an item that is only referred to.
pub fn reference(item: &Value) -> Option<&str> {
    let kind = item["type"].as_str();
    let is_reference = kind == Some("item_reference")
        || (kind.is_none() && item["role"].is_null() && item["id"].is_string());
    item["id"].as_str().filter(|_| is_reference)
}

/// What an item is refused with that refers to nothing.
pub fn unknown_reference(path: &str, item: &Value) -> InvalidRequest {
    let id = item["id"].as_str().unwrap_or_default();
    let path = format!("{path}.id");
    let message = format!("{path}: there is no kept item \"{id}\"; send the item itself");
    InvalidRequest::parameter(path, message)
}

#[cfg(test)]
mod tests;
