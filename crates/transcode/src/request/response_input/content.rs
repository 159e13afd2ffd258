//! The content of an item: a text, or a list of parts.

use openai::error::InvalidRequest;
use openai::message_part::{FileSource, Part};
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::request::data_url;
use crate::turn::{Attachment, AttachmentKind, AttachmentSource, ImageDetail, Speaker, TurnPart};

/// Reads a content.
pub(super) fn parts(
    path: &str,
    role: Speaker,
    content: &Value,
) -> Result<Vec<TurnPart>, InvalidRequest> {
    match content {
        Value::String(text) => Ok(vec![TurnPart::Text(text.clone())]),
        Value::Array(parts) => {
            let read = |(index, value)| part(&format!("{path}[{index}]"), role, value);
            parts.iter().enumerate().map(read).collect()
        }
        // A model that only calls tools says nothing.
        Value::Null if role == Speaker::Assistant => Ok(Vec::new()),
        _ => {
            let message = format!("{path}: send a string or a list of parts");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}

fn part(path: &str, role: Speaker, value: &Value) -> Result<TurnPart, InvalidRequest> {
    let wrong = |error: String| InvalidRequest::parameter(path, format!("{path}: {error}"));
    let raw = to_raw_value(value).map_err(|error| wrong(error.to_string()))?;
    let (kind, source, name) = match Part::read(&raw).map_err(wrong)? {
        Part::Text(text) => return Ok(TurnPart::Text(text)),
        Part::Image(source, detail) => {
            let detail = match detail.as_deref() {
                None | Some("auto") => ImageDetail::Auto,
                Some("low") => ImageDetail::Low,
                Some("high" | "original") => ImageDetail::High,
                Some(_) => {
                    let path = format!("{path}.detail");
                    let message = format!("{path}: use auto, low, high or original");
                    return Err(InvalidRequest::parameter(path, message));
                }
            };
            (AttachmentKind::Image(detail), source, None)
        }
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
        let message = format!("{path}: only messages of role \"user\" carry pictures and files");
        return Err(InvalidRequest::parameter(path, message));
    }
    Ok(TurnPart::Attachment(Attachment {
        path: path.to_owned(),
        kind,
        source: self::source(path, source)?,
        name,
    }))
}

/// Where the bytes of a part are.
pub(super) fn source(path: &str, source: FileSource) -> Result<AttachmentSource, InvalidRequest> {
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
    let (bytes, mime) =
        decoded.map_err(|error| InvalidRequest::parameter(path, format!("{path}: {error}")))?;
    Ok(AttachmentSource::Data { bytes, mime })
}
