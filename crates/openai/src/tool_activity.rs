//! The tools a model used on its own, in the shape of the items of the Responses API.
//!
//! Chat Completions has no place for them; `tool_activity` is an extension, only there when
//! asked for. An item replaces an earlier one of the same id. `canvas`, `memory` and
//! `tool_call` have no counterpart in the Responses API.

use serde::Serialize;

/// One use of a tool.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolActivity<'a> {
    /// Code was run.
    CodeInterpreterCall {
        /// The same in all items about this use.
        id: &'a str,
        /// How far it is.
        status: ActivityStatus,
        /// The code.
        code: &'a str,
        /// What it printed; null until it did.
        outputs: Option<[CodeOutput<'a>; 1]>,
    },
    /// The web was searched.
    WebSearchCall {
        /// The same in all items about this use.
        id: &'a str,
        /// How far it is.
        status: ActivityStatus,
        /// What was searched for.
        action: SearchAction<'a>,
    },
    /// A picture was drawn; it is among the answer's images.
    ImageGenerationCall {
        /// The same in all items about this use.
        id: &'a str,
        /// How far it is.
        status: ActivityStatus,
        /// What was asked for, where stated.
        #[serde(skip_serializing_if = "Option::is_none")]
        revised_prompt: Option<&'a str>,
    },
    /// A document was written, changed or commented on.
    Canvas {
        /// The same in all items about this use.
        id: &'a str,
        /// How far it is.
        status: ActivityStatus,
        /// `create`, `update` or `comment`.
        action: &'static str,
        /// Upstream's id of the document; null until it is known.
        document_id: Option<&'a str>,
        /// The document's title, where stated.
        title: Option<&'a str>,
        /// `document`, `code/python`, …, where stated.
        kind: Option<&'a str>,
        /// The whole document, or the changes to it as JSON.
        content: &'a str,
    },
    /// Something about the person was remembered.
    Memory {
        /// The same in all items about this use.
        id: &'a str,
        /// How far it is.
        status: ActivityStatus,
        /// What.
        text: &'a str,
    },
    /// Another tool was used.
    ToolCall {
        /// The same in all items about this use.
        id: &'a str,
        /// How far it is.
        status: ActivityStatus,
        /// The tool's name.
        name: &'a str,
        /// What it was asked.
        input: &'a str,
        /// What it answered; null until it did.
        output: Option<&'a str>,
    },
}

/// How far the use of a tool is.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityStatus {
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Failed.
    Failed,
}

/// What code printed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CodeOutput<'a> {
    /// Always `logs`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The text.
    pub logs: &'a str,
}

/// What the web was searched for.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SearchAction<'a> {
    /// Always `search`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The query, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<&'a str>,
    /// The queries, if there are several.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub queries: &'a [String],
}

impl<'a> CodeOutput<'a> {
    /// This output.
    pub fn logs(logs: &'a str) -> Self {
        Self { kind: "logs", logs }
    }
}

impl<'a> SearchAction<'a> {
    /// A search for these.
    pub fn new(queries: &'a [String]) -> Self {
        let (query, queries) = match queries {
            [only] => (Some(only.as_str()), &[][..]),
            several => (None, several),
        };
        Self {
            kind: "search",
            query,
            queries,
        }
    }
}
