//! Replies of the images endpoints, whole and streamed.

use serde::Serialize;

/// `POST /v1/images/generations` and `/v1/images/edits`
#[derive(Debug, Serialize)]
pub struct ImagesReply {
    /// Unix seconds.
    pub created: u64,
    /// The pictures.
    pub data: Vec<Image>,
    /// `png`, `jpeg` or `webp`, as upstream made them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<String>,
    /// `1024x1024`, as upstream made them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
}

/// One picture.
#[derive(Debug, Clone, Serialize)]
pub struct Image {
    /// Its bytes, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b64_json: Option<String>,
    /// A link to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One event of a streamed picture.
#[derive(Debug, Serialize)]
pub struct ImageEvent<'a> {
    /// `image_generation.partial_image`, `image_edit.completed`, …
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The picture's bytes, in base64.
    pub b64_json: &'a str,
    /// Unix seconds.
    pub created_at: u64,
    /// Counted from 0; only of previews.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_image_index: Option<u32>,
    /// `1024x1024`, or `auto` where it is not known.
    pub size: &'a str,
    /// `png`, `jpeg` or `webp`.
    pub output_format: &'a str,
    /// Always `auto`: no driver states it.
    pub background: &'static str,
    /// Always `auto`: no driver states it.
    pub quality: &'static str,
    /// Only of the picture itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<ImageUsage>,
}

/// Tokens of a picture. Clients want to read them with every one, and no driver states them, so the
/// numbers are zeros.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ImageUsage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// What they were.
    pub input_tokens_details: ImageInputTokens,
    /// Tokens of the picture.
    pub output_tokens: u64,
    /// The sum.
    pub total_tokens: u64,
}

/// What the tokens of a prompt were.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ImageInputTokens {
    /// Of pictures.
    pub image_tokens: u64,
    /// Of text.
    pub text_tokens: u64,
}
