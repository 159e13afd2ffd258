//! What came of a turn that asks for a picture: the pictures, or what was said instead, and how one
//! is handed out. Called by `images` and `image_stream`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use transcode::turn_event::{FilePlace, ImageOutput, TurnEvent};
use web::{ApiError, ErrorClass};

use crate::Api;
use crate::watch::Watch;

/// No picture upstream draws is larger.
pub(crate) const MAX_PICTURE_BYTES: usize = 32 << 20;

/// The pictures of an answer, and what was said instead of one.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    drawn: Vec<ImageOutput>,
    text: String,
    refusal: Option<String>,
}

impl Answer {
    pub(crate) fn take(&mut self, event: TurnEvent) {
        match event {
            TurnEvent::Image(picture) if !picture.is_partial => self.drawn.push(*picture),
            TurnEvent::Text(text) => self.text.push_str(&text),
            TurnEvent::Rewritten(text) => self.text = text,
            TurnEvent::Refusal(text) => self.refusal = Some(text),
            _ => {}
        }
    }

    /// The pictures; an answer without one is an error that says what the model said.
    pub(crate) fn pictures(self) -> Result<Vec<ImageOutput>, ApiError> {
        if !self.drawn.is_empty() {
            return Ok(self.drawn);
        }
        let said = match self.refusal {
            Some(refusal) => refusal,
            None => self.text.chars().take(500).collect(),
        };
        Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            ErrorClass::InvalidRequest,
            "image_not_generated",
            format!("ChatGPT drew no picture. It said: {said}"),
        ))
    }
}

/// A picture's bytes in base64, and its format.
pub(crate) async fn as_base64(
    api: &Api,
    watch: &Watch,
    picture: &ImageOutput,
) -> Result<(String, Option<String>), ApiError> {
    if let FilePlace::Inline(whole) = &picture.file.place {
        return Ok((STANDARD.encode(&whole.bytes), format_of(&whole.mime)));
    }
    let credential = watch.lease().credential();
    let download = api
        .drivers
        .web
        .download(credential, &picture.file, None)
        .await?;
    let mime = download.mime().unwrap_or_default().to_owned();
    let bytes = download.into_bytes(MAX_PICTURE_BYTES).await?;
    Ok((STANDARD.encode(bytes), format_of(&mime)))
}

fn format_of(mime: &str) -> Option<String> {
    mime.strip_prefix("image/").map(str::to_owned)
}
