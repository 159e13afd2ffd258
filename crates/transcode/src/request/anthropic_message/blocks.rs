//! Content blocks as parts of a message.
//!
//! What cannot be served is refused with the block named. Where the bytes of an attachment are is
//! only noted here; they are fetched and looked at by `api`.

use anthropic::request_block::{RequestBlock, Source, Thinking, ToolResult, ToolUse};
use anthropic::request_message::Content;
use openai::error::InvalidRequest;
use serde_json::value::RawValue;

use super::documents;
use crate::request::data_url;
use crate::turn::{
    Attachment, AttachmentKind, AttachmentSource, ImageDetail, Speaker, Thought, ToolCall,
    ToolKind, TurnPart,
};

/// What a result of a tool that failed begins with, because `OpenAI`'s protocols have no mark.
const FAILED: &str = "Error: ";

/// Reads one block.
pub(super) fn read<'a>(path: &str, raw: &'a RawValue) -> Result<RequestBlock<'a>, InvalidRequest> {
    RequestBlock::read(raw)
        .map_err(|error| InvalidRequest::parameter(path, format!("{path}: {error}")))
}

/// What a block is in a message of `role`; nothing where only the other side could use it.
pub(super) fn parts(
    path: &str,
    role: Speaker,
    block: RequestBlock<'_>,
    dropped: &mut Vec<&'static str>,
) -> Result<Vec<TurnPart>, InvalidRequest> {
    let part = match (block, role) {
        (RequestBlock::Text(text), _) => TurnPart::Text(text),
        (RequestBlock::Image(source), Speaker::User) => image(path, source)?,
        (RequestBlock::Document(it), Speaker::User) => return documents::read(path, it, dropped),
        (RequestBlock::SearchResult(it), Speaker::User) => {
            documents::search_result(path, &it, dropped)?
        }
        (RequestBlock::ToolUse(call), Speaker::Assistant) => tool_call(path, call)?,
        (RequestBlock::Thinking(thought), Speaker::Assistant) => thinking(thought),
        (RequestBlock::RedactedThinking(data), Speaker::Assistant) => TurnPart::Thought(Thought {
            summary: Vec::new(),
            sealed: Some(data),
        }),
        (RequestBlock::ToolReference(name), _) => TurnPart::Text(name),
        // It says what the other side did itself; what came of it is in the text.
        (RequestBlock::ServerTool, Speaker::Assistant) => return Ok(Vec::new()),
        (RequestBlock::Unknown(kind), _) => {
            let message = format!("{path}: content blocks of type \"{kind}\" are not supported");
            return Err(InvalidRequest::unsupported(path, message));
        }
        (_, role) => {
            let message = format!(
                "{path}: messages of role \"{}\" have no such content blocks",
                role.name()
            );
            return Err(InvalidRequest::parameter(path, message));
        }
    };
    Ok(vec![part])
}

/// What a tool answered.
pub(super) fn result_parts(
    path: &str,
    result: &ToolResult<'_>,
    dropped: &mut Vec<&'static str>,
) -> Result<Vec<TurnPart>, InvalidRequest> {
    let path = format!("{path}.content");
    let mut read_parts = Vec::new();
    if let Some(raw) = result.content {
        let content = Content::read(raw)
            .map_err(|error| InvalidRequest::parameter(&path, format!("{path}: {error}")))?;
        match content {
            Content::Text(text) => read_parts.push(TurnPart::Text(text)),
            Content::Blocks(blocks) => {
                for (index, raw) in blocks.iter().enumerate() {
                    let path = format!("{path}.{index}");
                    let block = read(&path, raw)?;
                    read_parts.extend(parts(&path, Speaker::User, block, dropped)?);
                }
            }
        }
    }
    if result.is_error == Some(true) {
        mark_failed(&mut read_parts);
    }
    if read_parts.is_empty() {
        read_parts.push(TurnPart::Text(String::new()));
    }
    Ok(read_parts)
}

fn mark_failed(parts: &mut Vec<TurnPart>) {
    match parts.first_mut() {
        Some(TurnPart::Text(text)) if says_error(text) => {}
        Some(TurnPart::Text(text)) => text.insert_str(0, FAILED),
        _ => parts.insert(0, TurnPart::Text(FAILED.trim_end().to_owned())),
    }
}

fn says_error(text: &str) -> bool {
    text.get(..5)
        .is_some_and(|word| word.eq_ignore_ascii_case("error"))
}

/// A string, or text blocks only.
pub(super) fn read_texts(path: &str, raw: &RawValue) -> Result<Vec<String>, InvalidRequest> {
    let content = Content::read(raw)
        .map_err(|error| InvalidRequest::parameter(path, format!("{path}: {error}")))?;
    let blocks = match content {
        Content::Text(text) => {
            return Ok(Some(text).filter(|it| !it.is_empty()).into_iter().collect());
        }
        Content::Blocks(blocks) => blocks,
    };
    let read = |(index, raw): (usize, &&RawValue)| {
        let path = format!("{path}.{index}");
        if let RequestBlock::Text(text) = self::read(&path, raw)? {
            return Ok(text);
        }
        let message = format!("{path}: only text is taken here");
        Err(InvalidRequest::parameter(path, message))
    };
    blocks.iter().enumerate().map(read).collect()
}

pub(super) fn image(path: &str, source: Source<'_>) -> Result<TurnPart, InvalidRequest> {
    let source = read_source(path, source)?;
    Ok(TurnPart::Attachment(Attachment {
        path: path.to_owned(),
        kind: AttachmentKind::Image(ImageDetail::Auto),
        source,
        name: None,
    }))
}

/// Where the bytes of a picture or a document are.
pub(super) fn read_source(
    path: &str,
    source: Source<'_>,
) -> Result<AttachmentSource, InvalidRequest> {
    let path = format!("{path}.source");
    let missing = |name: &str| {
        let path = format!("{path}.{name}");
        let message = format!("{path}: Field required");
        InvalidRequest::parameter(path, message)
    };
    match source.kind.as_str() {
        "base64" => {
            let data = source.data.ok_or_else(|| missing("data"))?;
            let bytes = data_url::from_base64(&data).map_err(|error| {
                InvalidRequest::parameter(&path, format!("{path}.data: {error}"))
            })?;
            let mime = source.media_type;
            Ok(AttachmentSource::Data { bytes, mime })
        }
        "url" => {
            let url = source.url.ok_or_else(|| missing("url"))?;
            if !data_url::is_data_url(&url) {
                return Ok(AttachmentSource::Url(url));
            }
            let (bytes, mime) = data_url::decode(&url).map_err(|error| {
                InvalidRequest::parameter(&path, format!("{path}.url: {error}"))
            })?;
            Ok(AttachmentSource::Data { bytes, mime })
        }
        "file" => source
            .file_id
            .map(AttachmentSource::FileId)
            .ok_or_else(|| missing("file_id")),
        kind => {
            let message = format!("{path}.type: sources of type \"{kind}\" are not supported");
            Err(InvalidRequest::unsupported(path, message))
        }
    }
}

fn tool_call(path: &str, call: ToolUse<'_>) -> Result<TurnPart, InvalidRequest> {
    let input = call.input.get();
    if !input.starts_with('{') {
        let message = format!("{path}.input: send an object");
        return Err(InvalidRequest::parameter(path, message));
    }
    Ok(TurnPart::ToolCall(ToolCall {
        id: call.id,
        name: call.name,
        kind: ToolKind::Function,
        input: input.to_owned(),
    }))
}

fn thinking(thought: Thinking) -> TurnPart {
    let is_there = |text: &String| !text.is_empty();
    TurnPart::Thought(Thought {
        summary: Some(thought.thinking)
            .filter(is_there)
            .into_iter()
            .collect(),
        sealed: thought.signature.filter(is_there),
    })
}

/// A serde error without its position, which counts inside the one value.
pub(super) fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
