//! Documents and search results of a message: files are attached, texts stand where they are.
//!
//! Upstream has no documents that are text, so such a one is said in the message, between tags
//! that name it.

use anthropic::request_block::{Citations, Document, RequestBlock, SearchResult};
use anthropic::request_message::Content;
use openai::error::InvalidRequest;

use super::blocks;
use crate::turn::{Attachment, AttachmentKind, TurnPart};

/// What is named when citations of documents were asked for, which upstream does not make.
const CITATIONS: &str = "citations";

/// Reads a document.
pub(super) fn read(
    path: &str,
    document: Document<'_>,
    dropped: &mut Vec<&'static str>,
) -> Result<Vec<TurnPart>, InvalidRequest> {
    note_citations(document.citations, dropped);
    let (title, context) = (document.title.as_deref(), document.context.as_deref());
    let mut inside = match document.source.kind.as_str() {
        "text" => vec![TurnPart::Text(document.source.data.unwrap_or_default())],
        "content" => inner(path, &document, dropped)?,
        _ => {
            let source = blocks::read_source(path, document.source)?;
            let attachment = TurnPart::Attachment(Attachment {
                path: path.to_owned(),
                kind: AttachmentKind::File,
                source,
                name: document.title,
            });
            let about = document.context.map(TurnPart::Text);
            return Ok(about.into_iter().chain([attachment]).collect());
        }
    };
    let mut opening = tag("document", &[("title", title), ("context", context)]);
    opening.push('\n');
    enclose(&mut inside, &opening, "\n</document>");
    Ok(inside)
}

/// What a document holds that is made of blocks.
fn inner(
    path: &str,
    document: &Document<'_>,
    dropped: &mut Vec<&'static str>,
) -> Result<Vec<TurnPart>, InvalidRequest> {
    let path = format!("{path}.source.content");
    let content = document.source.content.ok_or("Field required");
    let content = content
        .and_then(Content::read)
        .map_err(|error| InvalidRequest::parameter(&path, format!("{path}: {error}")))?;
    let raw = match content {
        Content::Text(text) => return Ok(vec![TurnPart::Text(text)]),
        Content::Blocks(raw) => raw,
    };
    let mut parts = Vec::new();
    for (index, raw) in raw.iter().enumerate() {
        let path = format!("{path}.{index}");
        match blocks::read(&path, raw)? {
            RequestBlock::Text(text) => parts.push(TurnPart::Text(text)),
            RequestBlock::Image(source) => parts.push(blocks::image(&path, source)?),
            RequestBlock::SearchResult(it) => parts.push(search_result(&path, &it, dropped)?),
            _ => {
                let message = format!("{path}: a document holds text and pictures only");
                return Err(InvalidRequest::parameter(path, message));
            }
        }
    }
    Ok(parts)
}

/// Reads what a search of the caller's found.
pub(super) fn search_result(
    path: &str,
    result: &SearchResult<'_>,
    dropped: &mut Vec<&'static str>,
) -> Result<TurnPart, InvalidRequest> {
    note_citations(result.citations, dropped);
    let texts = blocks::read_texts(&format!("{path}.content"), result.content)?;
    let source = [
        ("title", Some(result.title.as_str())),
        ("source", Some(result.source.as_str())),
    ];
    let opening = tag("search_result", &source);
    let texts = texts.join("\n");
    Ok(TurnPart::Text(format!(
        "{opening}\n{texts}\n</search_result>"
    )))
}

fn note_citations(citations: Option<Citations>, dropped: &mut Vec<&'static str>) {
    if citations.is_some_and(|it| it.enabled) && !dropped.contains(&CITATIONS) {
        dropped.push(CITATIONS);
    }
}

fn tag(name: &str, attributes: &[(&str, Option<&str>)]) -> String {
    let mut tag = format!("<{name}");
    for (name, value) in attributes {
        if let Some(value) = value {
            let value = value.replace('"', "'");
            tag.extend([" ", name, "=\"", &value, "\""]);
        }
    }
    tag.push('>');
    tag
}

/// Puts texts around parts, into those at the ends where they are texts themselves.
fn enclose(parts: &mut Vec<TurnPart>, opening: &str, closing: &str) {
    match parts.first_mut() {
        Some(TurnPart::Text(text)) => text.insert_str(0, opening),
        _ => parts.insert(0, TurnPart::Text(opening.trim_end().to_owned())),
    }
    match parts.last_mut() {
        Some(TurnPart::Text(text)) => text.push_str(closing),
        _ => parts.push(TurnPart::Text(closing.trim_start().to_owned())),
    }
}
