//! What a response consists of: messages, thoughts, calls of the caller's tools, and what the
//! model did by itself.
//!
//! Made by `transcode`.

use serde::Serialize;
use serde_json::Value;

/// One item of a response's `output`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputItem {
    /// Something said.
    Message {
        /// `msg_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// Always `assistant`.
        role: &'static str,
        /// What is said.
        content: Vec<OutputPart>,
    },
    /// Something thought.
    Reasoning {
        /// `rs_…`
        id: String,
        /// What may be shown of it.
        summary: Vec<SummaryPart>,
        /// The thought itself, sealed; only where it was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypted_content: Option<String>,
    },
    /// A call of a function of the caller's.
    FunctionCall {
        /// `fc_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// JSON.
        arguments: String,
        /// What the result refers to.
        call_id: String,
        /// The function.
        name: String,
    },
    /// A call of a tool of the caller's that takes text.
    CustomToolCall {
        /// `ctc_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// Text.
        input: String,
        /// What the result refers to.
        call_id: String,
        /// The tool.
        name: String,
    },
    /// A search of the web.
    WebSearchCall {
        /// `ws_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// What for.
        action: SearchAction,
    },
    /// Code that was run.
    CodeInterpreterCall {
        /// `ci_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// The code.
        code: String,
        /// Where it ran.
        container_id: String,
        /// What came of it; null until something did.
        outputs: Option<Vec<CodeOutput>>,
    },
    /// A picture.
    ImageGenerationCall {
        /// `ig_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// The picture in Base64; null while there is none, or where it cannot be had.
        result: Option<String>,
        /// What was drawn, in the model's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        revised_prompt: Option<String>,
        /// `png`, `jpeg` or `webp`
        #[serde(skip_serializing_if = "Option::is_none")]
        output_format: Option<String>,
        /// In pixels, as `1024x1024`.
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<String>,
        /// The gateway's link to the picture: an extension.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Any other tool that was used upstream.
    McpCall {
        /// `mcp_…`
        id: String,
        /// How far it is.
        status: ItemStatus,
        /// Always null: nobody was asked.
        approval_request_id: Option<()>,
        /// JSON, or what the tool was asked in other words.
        arguments: String,
        /// Always null: what went wrong is in the output.
        error: Option<()>,
        /// The tool.
        name: String,
        /// What it answered; null until it did.
        output: Option<String>,
        /// Whose tool it is.
        server_label: &'static str,
    },
}

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Cut.
    Incomplete,
    /// It did not work.
    Failed,
}

/// One part of a message.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputPart {
    /// Text.
    OutputText {
        /// The text.
        text: String,
        /// What it refers to.
        annotations: Vec<UrlCitation>,
        /// Always empty: no driver states them.
        logprobs: [(); 0],
    },
    /// Why there is no answer.
    Refusal {
        /// A sentence.
        refusal: String,
    },
}

/// A source that a text links to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrlCitation {
    /// Always `url_citation`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where the link begins, in characters of the part.
    pub start_index: usize,
    /// Where it ends.
    pub end_index: usize,
    /// The source's title.
    pub title: String,
    /// The source's address.
    pub url: String,
}

/// One part of what may be shown of a thought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryPart {
    /// Always `summary_text`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The text.
    pub text: String,
}

/// What the web was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchAction {
    /// Always `search`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The first query; empty where upstream does not tell it.
    pub query: String,
    /// All of them.
    pub queries: Vec<String>,
}

/// What came of code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CodeOutput {
    /// What it printed.
    Logs {
        /// The text.
        logs: String,
    },
    /// A picture it drew.
    Image {
        /// The gateway's link to it.
        url: String,
    },
}

impl OutputItem {
    /// The item's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Message { id, .. }
            | Self::Reasoning { id, .. }
            | Self::FunctionCall { id, .. }
            | Self::CustomToolCall { id, .. }
            | Self::WebSearchCall { id, .. }
            | Self::CodeInterpreterCall { id, .. }
            | Self::ImageGenerationCall { id, .. }
            | Self::McpCall { id, .. } => id,
        }
    }

    /// How far the item is; a thought has no status.
    pub fn status_mut(&mut self) -> Option<&mut ItemStatus> {
        match self {
            Self::Reasoning { .. } => None,
            Self::Message { status, .. }
            | Self::FunctionCall { status, .. }
            | Self::CustomToolCall { status, .. }
            | Self::WebSearchCall { status, .. }
            | Self::CodeInterpreterCall { status, .. }
            | Self::ImageGenerationCall { status, .. }
            | Self::McpCall { status, .. } => Some(status),
        }
    }

    /// The item as JSON; writing strings and numbers into memory cannot fail.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl OutputPart {
    /// A text that has not begun.
    pub fn empty_text() -> Self {
        Self::OutputText {
            text: String::new(),
            annotations: Vec::new(),
            logprobs: [],
        }
    }
}

impl SummaryPart {
    /// A part with this text.
    pub fn new(text: String) -> Self {
        Self {
            kind: "summary_text",
            text,
        }
    }
}

impl SearchAction {
    /// A search for these.
    pub fn new(queries: &[String]) -> Self {
        Self {
            kind: "search",
            query: queries.first().cloned().unwrap_or_default(),
            queries: queries.to_vec(),
        }
    }
}
