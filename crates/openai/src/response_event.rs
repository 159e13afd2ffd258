//! What a streamed response says: one struct for all events, because they share their fields.
//!
//! Which event has which fields is decided in `transcode`, which makes them.

use serde::Serialize;

use crate::response::Response;
use crate::response_item::{OutputItem, OutputPart, SummaryPart, UrlCitation};

/// One event; a field that an event does not have is left out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ResponseEvent<'a> {
    /// As `response.output_text.delta`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Counted from 0 in each stream.
    pub sequence_number: u64,
    /// The response so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<&'a Response>,
    /// Which item of the output, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_index: Option<usize>,
    /// That item's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<&'a str>,
    /// The item itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<&'a OutputItem>,
    /// Which part of a message, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_index: Option<usize>,
    /// Which part of a thought, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary_index: Option<usize>,
    /// The part itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<EventPart<'a>>,
    /// A piece of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<&'a str>,
    /// A text that is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// Always empty: no driver states them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<[(); 0]>,
    /// A refusal that is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'a str>,
    /// The arguments of a call that are complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<&'a str>,
    /// The function that is called, beside its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The input of a call that is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<&'a str>,
    /// Code that is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// Which source of a text, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotation_index: Option<usize>,
    /// The source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotation: Option<&'a UrlCitation>,
    /// Which preview of a picture, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_image_index: Option<usize>,
    /// The preview in Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_image_b64: Option<&'a str>,
    /// What the preview is: `png`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<&'a str>,
    /// How large it is, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<&'a str>,
}

/// A part of a message or of a thought.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum EventPart<'a> {
    /// Of a message.
    Output(&'a OutputPart),
    /// Of a thought.
    Summary(&'a SummaryPart),
}

/// `type: "error"`: what went wrong, in the gateway's own words.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorEvent<'a> {
    /// Always `error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Counted with the other events.
    pub sequence_number: u64,
    /// A word for programs.
    pub code: Option<&'a str>,
    /// A sentence for people.
    pub message: &'a str,
    /// The parameter at fault.
    pub param: Option<&'a str>,
}
