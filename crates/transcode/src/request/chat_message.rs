//! Chat Completions messages to turn messages: text only, in every role.
//!
//! What is not text is refused with the part named, never dropped.

use openai::chat_message::{Content, Part, RequestMessage, Role};
use openai::error::InvalidRequest;
use serde_json::value::RawValue;

use crate::turn::{Speaker, TurnMessage};

/// More messages than any conversation has.
const MAX_MESSAGES: usize = 4096;

/// A message that was understood.
struct Read {
    message: TurnMessage,
    /// It names its speaker, which upstream has no place for.
    is_named: bool,
}

/// Reads the `messages` parameter; tells whether names of speakers were dropped.
pub(super) fn read_messages(raw: &[&RawValue]) -> Result<(Vec<TurnMessage>, bool), InvalidRequest> {
    if raw.is_empty() {
        return Err(InvalidRequest::parameter(
            "messages",
            "messages: send at least one message",
        ));
    }
    if raw.len() > MAX_MESSAGES {
        return Err(InvalidRequest::parameter(
            "messages",
            format!(
                "messages: at most {MAX_MESSAGES} are taken, {} were sent",
                raw.len()
            ),
        ));
    }
    let mut messages = Vec::with_capacity(raw.len());
    let mut is_any_named = false;
    for (index, raw) in raw.iter().enumerate() {
        let read = read_message(&format!("messages[{index}]"), raw)?;
        is_any_named |= read.is_named;
        messages.push(read.message);
    }
    Ok((messages, is_any_named))
}

fn read_message(path: &str, raw: &RawValue) -> Result<Read, InvalidRequest> {
    let message: RequestMessage = serde_json::from_str(raw.get())
        .map_err(|error| InvalidRequest::parameter(path, format!("{path}: {error}")))?;
    let role = match message.role {
        Role::System | Role::Developer => Speaker::System,
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
        Role::Tool | Role::Function => {
            return Err(InvalidRequest::unsupported(
                format!("{path}.role"),
                format!(
                    "{path}.role: the web driver has no caller-defined tools, so no tool results"
                ),
            ));
        }
    };
    let calls = [
        ("tool_calls", message.tool_calls),
        ("function_call", message.function_call.is_some()),
    ];
    if let Some((name, _)) = calls.iter().find(|(_, is_there)| *is_there) {
        return Err(InvalidRequest::unsupported(
            format!("{path}.{name}"),
            format!("{path}.{name}: the web driver has no caller-defined tools"),
        ));
    }
    let text = match message.content {
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => join_parts(path, parts)?,
        None if role == Speaker::Assistant => String::new(),
        None => {
            let path = format!("{path}.content");
            let message = format!("{path}: is missing; send a string or a list of parts");
            return Err(InvalidRequest::parameter(path, message));
        }
    };
    Ok(Read {
        message: TurnMessage::text(role, text),
        is_named: message.name.is_some(),
    })
}

/// Text parts as paragraphs of one text.
fn join_parts(path: &str, parts: Vec<Part>) -> Result<String, InvalidRequest> {
    let texts: Vec<String> = parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| match part {
            Part::Text { text } | Part::Refusal { refusal: text } => Ok(text),
            other => Err(unsupported_part(
                &format!("{path}.content[{index}]"),
                &other,
            )),
        })
        .collect::<Result<_, _>>()?;
    Ok(texts.join("\n"))
}

fn unsupported_part(path: &str, part: &Part) -> InvalidRequest {
    let kind = match part {
        Part::ImageUrl {} => "pictures are",
        Part::InputAudio {} => "recordings are",
        Part::File {} => "files are",
        _ => "this type of part is",
    };
    InvalidRequest::unsupported(
        path,
        format!("{path}: {kind} not supported; send parts of type \"text\""),
    )
}
