//! Chat Completions messages to turn messages: text and attachments, in every role.
//!
//! What cannot be served is refused with the part named, never dropped. Where the bytes of an
//! attachment are is only noted here; they are fetched and looked at by `api`.

use openai::chat_message::{Content, RequestMessage, Role};
use openai::error::InvalidRequest;
use openai::message_part::{FileSource, Part};
use serde_json::value::RawValue;

use super::{chat_call, data_url};
use crate::turn::{
    Attachment, AttachmentKind, AttachmentSource, ImageDetail, Speaker, TurnMessage, TurnPart,
};

/// More messages than any conversation has.
const MAX_MESSAGES: usize = 4096;

/// More attachments than upstream takes in one turn.
const MAX_ATTACHMENTS: usize = 64;

/// A message that was understood.
struct Read {
    message: TurnMessage,
    /// It names its speaker, which not every upstream has a place for.
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
    let attachments: usize = messages.iter().map(|it| it.attachments().count()).sum();
    if attachments > MAX_ATTACHMENTS {
        return Err(InvalidRequest::parameter(
            "messages",
            format!(
                "messages: at most {MAX_ATTACHMENTS} pictures and files are taken, {attachments} were sent"
            ),
        ));
    }
    Ok((messages, is_any_named))
}

fn read_message(path: &str, raw: &RawValue) -> Result<Read, InvalidRequest> {
    let message: RequestMessage<'_> = serde_json::from_str(raw.get())
        .map_err(|error| InvalidRequest::parameter(path, format!("{path}: {error}")))?;
    let role = match message.role {
        Role::System | Role::Developer => Speaker::System,
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
        Role::Tool | Role::Function => Speaker::Tool,
    };
    let calls = chat_call::read_calls(path, role, message.tool_calls, message.function_call)?;
    let answers = chat_call::read_answered(
        path,
        message.role,
        message.tool_call_id,
        message.name.as_deref(),
    )?;
    let mut parts = match message.content {
        Some(Content::Text(text)) => vec![TurnPart::Text(text)],
        Some(Content::Parts(parts)) => read_parts(path, role, &parts)?,
        None if role == Speaker::Assistant => {
            vec![TurnPart::Text(message.refusal.unwrap_or_default())]
        }
        None => {
            let path = format!("{path}.content");
            let message = format!("{path}: is missing; send a string or a list of parts");
            return Err(InvalidRequest::parameter(path, message));
        }
    };
    parts.extend(calls.into_iter().map(TurnPart::ToolCall));
    Ok(Read {
        is_named: message.name.is_some() && message.role != Role::Function,
        message: TurnMessage {
            role,
            parts,
            answers,
        },
    })
}

fn read_parts(
    path: &str,
    role: Speaker,
    parts: &[&RawValue],
) -> Result<Vec<TurnPart>, InvalidRequest> {
    let read = |(index, raw): (usize, &&RawValue)| {
        let path = format!("{path}.content[{index}]");
        let part = Part::read(raw)
            .map_err(|error| InvalidRequest::parameter(&path, format!("{path}: {error}")))?;
        let (kind, source, name) = match part {
            Part::Text(text) => return Ok(TurnPart::Text(text)),
            Part::Image(source, detail) => (
                AttachmentKind::Image(read_detail(&path, detail.as_deref())?),
                source,
                None,
            ),
            Part::Audio { data, format } => {
                let name = format!("recording.{}", format.as_deref().unwrap_or("wav"));
                (AttachmentKind::Audio, FileSource::Data(data), Some(name))
            }
            Part::File { source, name } => (AttachmentKind::File, source, name),
            Part::Unknown(kind) => {
                let message = format!("{path}: parts of type \"{kind}\" are not supported");
                return Err(InvalidRequest::unsupported(path, message));
            }
        };
        if !matches!(role, Speaker::User | Speaker::Tool) {
            let message = format!(
                "{path}: only messages of role \"user\" and \"tool\" carry pictures and files"
            );
            return Err(InvalidRequest::parameter(path, message));
        }
        let source = read_source(&path, source)?;
        Ok(TurnPart::Attachment(Attachment {
            path,
            kind,
            source,
            name,
        }))
    };
    parts.iter().enumerate().map(read).collect()
}

fn read_detail(path: &str, detail: Option<&str>) -> Result<ImageDetail, InvalidRequest> {
    match detail {
        None | Some("auto") => Ok(ImageDetail::Auto),
        Some("low") => Ok(ImageDetail::Low),
        Some("high" | "original") => Ok(ImageDetail::High),
        Some(_) => {
            let path = format!("{path}.image_url.detail");
            let message = format!("{path}: use auto, low or high");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}

fn read_source(path: &str, source: FileSource) -> Result<AttachmentSource, InvalidRequest> {
    let decoded = match source {
        FileSource::Id(id) => return Ok(AttachmentSource::FileId(id)),
        FileSource::Url(url) if !data_url::is_data_url(&url) => {
            return Ok(AttachmentSource::Url(url));
        }
        FileSource::Data(data) if !data_url::is_data_url(&data) => {
            data_url::from_base64(&data).map(|bytes| (bytes, None))
        }
        FileSource::Url(url) | FileSource::Data(url) => data_url::decode(&url),
    };
    match decoded {
        Ok((bytes, mime)) => Ok(AttachmentSource::Data { bytes, mime }),
        Err(error) => Err(InvalidRequest::parameter(path, format!("{path}: {error}"))),
    }
}
