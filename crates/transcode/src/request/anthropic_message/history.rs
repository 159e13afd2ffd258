//! The `messages` of a Messages body as turn messages.
//!
//! A message of the person may hold results of tools between other blocks; each result becomes a
//! message of its own, in its place.

use anthropic::request_block::RequestBlock;
use anthropic::request_message::{Content, RequestMessage, Role};
use openai::error::InvalidRequest;
use serde_json::value::RawValue;

use super::{Purpose, blocks};
use crate::turn::{Speaker, TurnMessage, TurnPart};

/// More messages than any conversation has.
const MAX_MESSAGES: usize = 4096;

/// More attachments than upstream takes in one turn.
const MAX_ATTACHMENTS: usize = 64;

/// The messages, and what of them has no effect.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) messages: Vec<TurnMessage>,
    pub(super) dropped: Vec<&'static str>,
}

/// Reads the `messages` parameter.
pub(super) fn read(raw: &[&RawValue], purpose: Purpose) -> Result<History, InvalidRequest> {
    if raw.is_empty() || raw.len() > MAX_MESSAGES {
        let message = format!("messages: send 1 to {MAX_MESSAGES} messages");
        return Err(InvalidRequest::parameter("messages", message));
    }
    let mut history = History::default();
    let mut last = Role::User;
    for (index, raw) in raw.iter().enumerate() {
        let path = format!("messages.{index}");
        let message: RequestMessage<'_> = serde_json::from_str(raw.get()).map_err(|error| {
            InvalidRequest::parameter(&path, format!("{path}: {}", blocks::plain(&error)))
        })?;
        last = message.role;
        history.read(&path, &message)?;
    }
    if last == Role::Assistant && purpose == Purpose::Answer {
        return Err(InvalidRequest::unsupported(
            "messages",
            "messages: the models behind this gateway do not support assistant message prefill; \
             the conversation has to end with a message of role \"user\"",
        ));
    }
    let messages = history.messages.iter();
    let attachments: usize = messages.map(|it| it.attachments().count()).sum();
    if attachments > MAX_ATTACHMENTS {
        let message = format!(
            "messages: at most {MAX_ATTACHMENTS} pictures and files are taken, {attachments} \
             were sent"
        );
        return Err(InvalidRequest::parameter("messages", message));
    }
    Ok(history)
}

impl History {
    fn read(&mut self, path: &str, message: &RequestMessage<'_>) -> Result<(), InvalidRequest> {
        let role = match message.role {
            Role::User => Speaker::User,
            Role::Assistant => Speaker::Assistant,
            Role::System => Speaker::System,
        };
        let path = format!("{path}.content");
        let content = Content::read(message.content)
            .map_err(|error| InvalidRequest::parameter(&path, format!("{path}: {error}")))?;
        let blocks = match content {
            Content::Text(text) if text.is_empty() => Vec::new(),
            Content::Text(text) => {
                self.messages.push(TurnMessage::text(role, text));
                return Ok(());
            }
            Content::Blocks(blocks) => blocks,
        };
        if blocks.is_empty() && role != Speaker::Assistant {
            let message = format!("{path}: all messages must have non-empty content");
            return Err(InvalidRequest::parameter(path, message));
        }
        let mut parts = Vec::new();
        for (index, raw) in blocks.iter().enumerate() {
            let path = format!("{path}.{index}");
            match blocks::read(&path, raw)? {
                RequestBlock::ToolResult(result) if role == Speaker::User => {
                    self.close(role, &mut parts);
                    let parts = blocks::result_parts(&path, &result, &mut self.dropped)?;
                    self.messages.push(TurnMessage {
                        role: Speaker::Tool,
                        parts,
                        answers: Some(result.tool_use_id),
                    });
                }
                block => parts.extend(blocks::parts(&path, role, block, &mut self.dropped)?),
            }
        }
        self.close(role, &mut parts);
        Ok(())
    }

    /// Ends a message; one that holds nothing for upstream is left out.
    fn close(&mut self, role: Speaker, parts: &mut Vec<TurnPart>) {
        if !parts.is_empty() {
            self.messages.push(TurnMessage {
                role,
                parts: std::mem::take(parts),
                answers: None,
            });
        }
    }
}
