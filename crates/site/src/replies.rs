//! What the JSON routes answer. The types of the pages in `ui/` are written from these.
//!
//! Only shapes; each is filled where its route is. Turns are those of the public API.

use serde::Serialize;
use serde_json::Value;
#[cfg(test)]
use ts_rs::TS;

#[cfg(test)]
mod ui_types;

/// Who is signed in.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Session {
    #[cfg_attr(test, ts(type = "\"key\" | \"token\" | \"seed\""))]
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    pub(crate) is_operator: bool,
    pub(crate) expires_at: i64,
    pub(crate) version: &'static str,
    pub(crate) temporary_by_default: bool,
    /// Where the public API is: `/v1`, or below `API_PREFIX`.
    pub(crate) api_base: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Chat {
    pub(crate) id: String,
    /// Empty until somebody names it or asks something.
    pub(crate) title: String,
    pub(crate) model: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) is_pinned: bool,
    pub(crate) is_archived: bool,
    /// The response that was looked at last: the end of one branch.
    pub(crate) leaf: Option<String>,
    /// A response that is being made.
    pub(crate) running: Option<String>,
    /// Where a search found something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) snippet: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct ChatPage {
    pub(crate) chats: Vec<Chat>,
    /// `before` of the next page, if there is one.
    pub(crate) next: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct OpenedChat {
    pub(crate) chat: Chat,
    pub(crate) turns: Vec<KeptTurn>,
}

/// A response of the public API, and the input items it answers.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct KeptTurn {
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub(crate) response: Value,
    #[cfg_attr(test, ts(type = "unknown[]"))]
    pub(crate) input: Vec<Value>,
}
