//! Speech: a recording written down, and a message read aloud.
//!
//! Protocol: audio.

use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use super::call::Call;
use super::downloads::Download;
use super::uploads::body_of;
use crate::failure::{Failure, FailureKind, Retry};
use crate::prepared_file::PreparedFile;

const TRANSCRIBE: &str = "/backend-api/transcribe";
const SYNTHESIZE: &str = "/backend-api/synthesize";

/// What is read aloud, and how.
#[derive(Debug)]
pub struct Speech<'a> {
    /// The conversation the message is in.
    pub conversation_id: &'a str,
    /// The message.
    pub message_id: &'a str,
    /// Upstream's name of the voice.
    pub voice: &'a str,
    /// `mp3` or `aac`.
    pub format: &'a str,
}

/// Writes a recording down.
pub(super) async fn transcribe(
    call: &Call,
    file: &PreparedFile,
    language: Option<&str>,
) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Transcript {
        text: String,
    }
    let part = Part::stream_with_length(body_of(&file.content).await?, file.size)
        .file_name(file.name.clone())
        .mime_str(&file.mime)
        .map_err(|_| {
            Failure::new(
                FailureKind::FileUpload,
                Retry::Never,
                "the recording's type cannot be stated",
            )
        })?;
    let mut form = Form::new().part("file", part);
    if let Some(language) = language {
        form = form.text("language", language.to_owned());
    }
    let transcript: Transcript = call.post_form(TRANSCRIBE, form).await?;
    Ok(transcript.text)
}

/// Has a message read aloud.
pub(super) async fn speak(call: &Call, speech: &Speech<'_>) -> Result<Download, Failure> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("conversation_id", speech.conversation_id)
        .append_pair("message_id", speech.message_id)
        .append_pair("voice", speech.voice)
        .append_pair("format", speech.format)
        .finish();
    let path = format!("{SYNTHESIZE}?{query}");
    let response = call.send_for_bytes(call.authenticated_get(&path)).await?;
    Ok(Download::of(response))
}
