//! The form of `/v1/audio/transcriptions`: the recording, and how its text is wanted.

use axum::body::Body;
use bytes::BytesMut;
use futures_util::TryStreamExt;
use http::HeaderMap;
use openai::error::InvalidRequest;
use transcode::attachment_type::{self, Claim, HEAD_BYTES};
use transcode::turn::AttachmentKind;
use upstream::{FileContent, FileRole, PreparedFile};
use web::ApiError;
use web::multipart::{Form, Part};

/// Upstream takes no longer recordings.
const MAX_BYTES: u64 = 25 << 20;

/// A form that was understood.
pub(crate) struct Recording {
    pub(crate) file: PreparedFile,
    /// ISO 639-1
    pub(crate) language: Option<String>,
    /// Whether the text is wanted alone instead of in JSON.
    pub(crate) is_plain: bool,
    /// Parameters that have no effect, by name.
    pub(crate) dropped: Vec<String>,
}

/// Reads a form.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Recording, ApiError> {
    let mut form = Form::new(headers, body)?;
    let mut file = None;
    let mut language = None;
    let mut is_plain = false;
    let mut dropped = Vec::new();
    while let Some(part) = form.next().await? {
        let name = part.name().to_owned();
        match name.as_str() {
            "file" => file = Some(recording(part).await?),
            "language" => language = Some(part.text().await?),
            "response_format" => is_plain = read_format(&part.text().await?)?,
            "stream" => refuse_stream(&part.text().await?)?,
            _ => dropped.push(name),
        }
    }
    let file = file.ok_or_else(|| InvalidRequest::parameter("file", "file: send a recording"))?;
    Ok(Recording {
        file,
        language,
        is_plain,
        dropped,
    })
}

async fn recording(part: Part) -> Result<PreparedFile, ApiError> {
    let name = part.file_name().map(str::to_owned);
    let pieces = part.into_stream(MAX_BYTES);
    let bytes = pieces
        .try_fold(BytesMut::new(), async |mut whole, piece| {
            whole.extend_from_slice(&piece);
            Ok(whole)
        })
        .await?
        .freeze();
    let claim = Claim {
        kind: AttachmentKind::Audio,
        mime: None,
        name: name.as_deref(),
        size: bytes.len() as u64,
    };
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let identified = attachment_type::identify(head, claim)
        .map_err(|unfit| InvalidRequest::parameter("file", format!("file: {unfit}")))?;
    let extension = attachment_type::extension(&identified.mime);
    Ok(PreparedFile {
        path: "file".to_owned(),
        name: name.unwrap_or_else(|| format!("recording.{extension}")),
        mime: identified.mime,
        size: bytes.len() as u64,
        role: FileRole::Recording,
        content: FileContent::Bytes(bytes),
    })
}

fn read_format(format: &str) -> Result<bool, InvalidRequest> {
    match format {
        "json" => Ok(false),
        "text" => Ok(true),
        "srt" | "vtt" | "verbose_json" | "diarized_json" => Err(InvalidRequest::unsupported(
            "response_format",
            "response_format: upstream states no times; use json or text",
        )),
        _ => Err(InvalidRequest::parameter(
            "response_format",
            "response_format: use json or text",
        )),
    }
}

fn refuse_stream(value: &str) -> Result<(), InvalidRequest> {
    if value == "true" {
        return Err(InvalidRequest::unsupported(
            "stream",
            "stream: upstream gives the whole text at once; leave it out",
        ));
    }
    Ok(())
}
