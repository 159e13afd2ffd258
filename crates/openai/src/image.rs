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
    /// `1024x1024`, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<&'a str>,
    /// `png`, `jpeg` or `webp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<&'a str>,
}
