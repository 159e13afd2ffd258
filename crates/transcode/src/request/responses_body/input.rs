//! Messages, calls and thoughts as the items of a request's `input`.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::ResponsesDecisions;
use crate::account_mark::AccountMark;
use crate::request::inline_file::{InlineFile, InlineKind, Unservable};
use crate::turn::{
    Attachment, AttachmentKind, ImageDetail, Speaker, Thought, ToolCall, ToolKind, TurnMessage,
    TurnPart,
};

/// What is written while the messages are gone through.
struct Items<'a> {
    written: Vec<Value>,
    files: std::slice::Iter<'a, InlineFile>,
    /// Calls of tools that take text: their results are written in another way.
    custom_calls: HashSet<&'a str>,
    mark: &'a AccountMark,
}

/// The items of these messages.
pub(super) fn items<'a>(
    messages: &'a [TurnMessage],
    files: &'a [InlineFile],
    decisions: &'a ResponsesDecisions<'_>,
) -> Result<Vec<Value>, Unservable> {
    let mut items = Items {
        written: Vec::new(),
        files: files.iter(),
        custom_calls: HashSet::new(),
        mark: decisions.mark,
    };
    for message in messages {
        match message.role {
            Speaker::System => items.said("developer", message)?,
            Speaker::User => items.said("user", message)?,
            Speaker::Assistant => items.answered(message),
            Speaker::Tool => items.tool_answered(message)?,
        }
    }
    Ok(items.written)
}

impl<'a> Items<'a> {
    fn said(&mut self, role: &str, message: &TurnMessage) -> Result<(), Unservable> {
        let content = self.content(message)?;
        if !content.is_empty() {
            let item = json!({"type": "message", "role": role, "content": content});
            self.written.push(item);
        }
        Ok(())
    }

    fn content(&mut self, message: &TurnMessage) -> Result<Vec<Value>, Unservable> {
        let mut content = Vec::new();
        for part in &message.parts {
            match part {
                TurnPart::Text(text) => content.push(json!({"type": "input_text", "text": text})),
                TurnPart::Attachment(attachment) => {
                    if let Some(file) = self.files.next() {
                        content.push(attached(attachment, file)?);
                    }
                }
                // Only the model calls and thinks.
                TurnPart::ToolCall(_) | TurnPart::Thought(_) => {}
            }
        }
        Ok(content)
    }

    fn answered(&mut self, message: &'a TurnMessage) {
        for part in &message.parts {
            match part {
                TurnPart::Text(text) if !text.is_empty() => self.said_before(text),
                TurnPart::ToolCall(call) => self.called(call),
                TurnPart::Thought(thought) => self.thought(thought),
                // What is attached to an answer cannot be sent up again.
                TurnPart::Attachment(_) => {
                    self.files.next();
                }
                TurnPart::Text(_) => {}
            }
        }
    }

    fn said_before(&mut self, text: &str) {
        self.written.push(json!({
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text}],
        }));
    }

    fn called(&mut self, call: &'a ToolCall) {
        let ToolCall {
            id,
            name,
            kind,
            input,
        } = call;
        self.written.push(match kind {
            ToolKind::Function => json!({
                "type": "function_call", "call_id": id, "name": name, "arguments": input,
            }),
            ToolKind::Custom => {
                self.custom_calls.insert(id);
                json!({"type": "custom_tool_call", "call_id": id, "name": name, "input": input})
            }
        });
    }

    /// A thought of another account's could not be opened, and one that is not sealed says nothing.
    fn thought(&mut self, thought: &Thought) {
        let sealed = thought.sealed.as_deref();
        let Some(own) = sealed.and_then(|sealed| self.mark.take(sealed)) else {
            return;
        };
        let part = |text: &String| json!({"type": "summary_text", "text": text});
        self.written.push(json!({
            "type": "reasoning",
            "summary": thought.summary.iter().map(part).collect::<Vec<_>>(),
            "encrypted_content": own,
        }));
    }

    fn tool_answered(&mut self, message: &TurnMessage) -> Result<(), Unservable> {
        let call_id = message.answers.as_deref().unwrap_or_default();
        let output: Value = match message.attachments().next() {
            None => message.joined_text().into(),
            Some(_) => self.content(message)?.into(),
        };
        let kind = if self.custom_calls.contains(call_id) {
            "custom_tool_call_output"
        } else {
            "function_call_output"
        };
        let item = json!({"type": kind, "call_id": call_id, "output": output});
        self.written.push(item);
        Ok(())
    }
}

fn attached(attachment: &Attachment, file: &InlineFile) -> Result<Value, Unservable> {
    Ok(match file.kind {
        InlineKind::Picture => json!({
            "type": "input_image",
            "image_url": file.data_url(),
            "detail": detail_name(attachment.kind),
        }),
        InlineKind::Document => json!({
            "type": "input_file",
            "filename": file.name,
            "file_data": file.data_url(),
        }),
        InlineKind::Recording => {
            return Err(Unservable {
                path: file.path.clone(),
                what: "the Responses protocol takes no recordings; send the words, or use a \
                       model of the web driver",
            });
        }
    })
}

/// How closely a picture is looked at.
pub(in crate::request) fn detail_name(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Image(ImageDetail::Low) => "low",
        AttachmentKind::Image(ImageDetail::High) => "high",
        _ => "auto",
    }
}
