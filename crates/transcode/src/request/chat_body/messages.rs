//! Messages, calls and results as the `messages` of a Chat Completions request.

use serde_json::{Value, json};

use crate::request::inline_file::{InlineFile, InlineKind, Unservable};
use crate::request::responses_body::detail_name;
use crate::turn::{Attachment, Speaker, ToolCall, ToolKind, TurnMessage, TurnPart};

/// The messages of a body.
pub(super) fn messages(
    messages: &[TurnMessage],
    files: &[InlineFile],
) -> Result<Vec<Value>, Unservable> {
    let mut files = files.iter();
    let mut written = Vec::new();
    // Only a person shows pictures: those of a tool follow its results.
    let mut shown = Vec::new();
    for message in messages {
        if message.role != Speaker::Tool && !shown.is_empty() {
            written.push(json!({"role": "user", "content": std::mem::take(&mut shown)}));
        }
        match message.role {
            Speaker::System | Speaker::User => {
                let content = content(message, &mut files)?;
                written.push(json!({"role": message.role.name(), "content": content}));
            }
            Speaker::Assistant => {
                files
                    .by_ref()
                    .take(message.attachments().count())
                    .for_each(drop);
                written.push(answer(message));
            }
            Speaker::Tool => {
                for attachment in message.attachments() {
                    let part = files.next().map(|file| attached(attachment, file));
                    shown.extend(part.transpose()?);
                }
                written.push(json!({
                    "role": "tool",
                    "tool_call_id": message.answers,
                    "content": message.joined_text(),
                }));
            }
        }
    }
    if !shown.is_empty() {
        written.push(json!({"role": "user", "content": shown}));
    }
    Ok(written)
}

/// Text where that is all there is, because some servers take nothing else.
fn content<'f>(
    message: &TurnMessage,
    files: &mut impl Iterator<Item = &'f InlineFile>,
) -> Result<Value, Unservable> {
    if message.attachments().next().is_none() {
        return Ok(message.joined_text().into());
    }
    let mut parts = Vec::new();
    for part in &message.parts {
        match part {
            TurnPart::Text(text) => parts.push(json!({"type": "text", "text": text})),
            TurnPart::Attachment(attachment) => {
                let part = files.next().map(|file| attached(attachment, file));
                parts.extend(part.transpose()?);
            }
            TurnPart::ToolCall(_) | TurnPart::Thought(_) => {}
        }
    }
    Ok(parts.into())
}

fn answer(message: &TurnMessage) -> Value {
    let text = message.joined_text();
    let calls: Vec<Value> = message.tool_calls().map(call).collect();
    let content = if text.is_empty() && !calls.is_empty() {
        Value::Null
    } else {
        text.into()
    };
    let mut answer = json!({"role": "assistant", "content": content});
    if !calls.is_empty() {
        answer["tool_calls"] = calls.into();
    }
    answer
}

fn call(call: &ToolCall) -> Value {
    let ToolCall {
        id,
        name,
        kind,
        input,
    } = call;
    match kind {
        ToolKind::Function => json!({
            "id": id, "type": "function", "function": {"name": name, "arguments": input},
        }),
        ToolKind::Custom => json!({
            "id": id, "type": "custom", "custom": {"name": name, "input": input},
        }),
    }
}

fn attached(attachment: &Attachment, file: &InlineFile) -> Result<Value, Unservable> {
    Ok(match file.kind {
        InlineKind::Picture => json!({
            "type": "image_url",
            "image_url": {"url": file.data_url(), "detail": detail_name(attachment.kind)},
        }),
        InlineKind::Recording => json!({
            "type": "input_audio",
            "input_audio": {"data": file.base64(), "format": sound_format(file)?},
        }),
        InlineKind::Document => json!({
            "type": "file",
            "file": {"filename": file.name, "file_data": file.data_url()},
        }),
    })
}

fn sound_format(file: &InlineFile) -> Result<&'static str, Unservable> {
    match file.mime.as_str() {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Ok("wav"),
        "audio/mpeg" | "audio/mp3" => Ok("mp3"),
        _ => Err(Unservable {
            path: file.path.clone(),
            what: "this server takes recordings as WAV or MP3 only",
        }),
    }
}
