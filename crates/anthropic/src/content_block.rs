//! One block of an answer, whole: what a reply holds and what a stream begins with.

use serde::Serialize;
use serde_json::{Map, Value};

/// A block.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentBlock {
    /// Text.
    Text {
        /// The sources the text links to.
        citations: Option<Vec<TextCitation>>,
        /// The text.
        text: String,
    },
    /// A thought.
    Thinking {
        /// What may be shown of it.
        thinking: String,
        /// The seal, with which it may come back.
        signature: String,
    },
    /// A call of a tool of the caller's.
    ToolUse {
        /// What its result refers to.
        id: String,
        /// The tool.
        name: String,
        /// Its input.
        input: Map<String, Value>,
        /// Who called.
        caller: Caller,
    },
    /// A step that upstream made itself.
    ServerToolUse {
        /// What its result refers to.
        id: String,
        /// The tool.
        name: &'static str,
        /// Its input.
        input: Map<String, Value>,
        /// Who called.
        caller: Caller,
    },
    /// What a search on the web found.
    WebSearchToolResult {
        /// The search.
        tool_use_id: String,
        /// What was found.
        content: WebSearchContent,
        /// Who called.
        caller: Caller,
    },
}

/// Who called a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Caller {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Caller {
    /// The model itself, not code that it runs.
    pub const DIRECT: Self = Self { kind: "direct" };
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum WebSearchContent {
    /// Pages.
    Results(Vec<WebSearchResult>),
    /// Nothing, because it failed.
    Error(WebSearchError),
}

/// A page that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebSearchResult {
    /// Always `web_search_result`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// What is in it, sealed; nothing is here.
    pub encrypted_content: String,
    /// How old it is.
    pub page_age: Option<String>,
}

/// Why a search failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WebSearchError {
    /// Always `web_search_tool_result_error`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `unavailable`
    pub error_code: &'static str,
}

/// A source of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextCitation {
    /// Always `web_search_result_location`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What the source says; upstream does not tell.
    pub cited_text: String,
    /// Where in the result, sealed; nothing is here.
    pub encrypted_index: String,
    /// The source's title.
    pub title: Option<String>,
    /// The source's address.
    pub url: String,
}

impl TextCitation {
    /// A source on the web.
    pub fn web(url: String, title: String) -> Self {
        Self {
            kind: "web_search_result_location",
            cited_text: String::new(),
            encrypted_index: String::new(),
            title: Some(title).filter(|it| !it.is_empty()),
            url,
        }
    }
}

impl WebSearchContent {
    /// A search that failed.
    pub fn failed() -> Self {
        Self::Error(WebSearchError {
            kind: "web_search_tool_result_error",
            error_code: "unavailable",
        })
    }
}
