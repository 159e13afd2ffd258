//! The form of `/v1/audio/transcriptions`: the recording, and how its text is wanted.

use axum::body::Body;
use http::HeaderMap;
use openai::error::InvalidRequest;
use upstream::PreparedFile;
use web::ApiError;
use web::multipart::Form;

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
            "file" => file = Some(web::recording::read(part).await?),
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
