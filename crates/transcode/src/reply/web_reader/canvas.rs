//! Documents in the canvas: what a call to a canvas tool says, and how it is shown in text.
//!
//! Protocol: canvas.

use serde::Deserialize;
use serde_json::Value;

use crate::turn_event::Step;

/// What a call to a canvas tool says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CanvasCall {
    action: &'static str,
    title: Option<String>,
    kind: Option<String>,
    content: String,
    /// Whether the content is the whole document, not changes to it.
    is_document: bool,
}

#[derive(Default, Deserialize)]
struct Arguments {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    updates: Vec<Value>,
    #[serde(default)]
    comments: Vec<Value>,
}

impl CanvasCall {
    /// Reads a call of the tool `recipient`, whose text is `json`.
    pub(super) fn read(recipient: &str, json: &str) -> Self {
        let arguments: Arguments = serde_json::from_str(json).unwrap_or_default();
        let action = match recipient.rsplit('.').next() {
            Some("update_textdoc") => "update",
            Some("comment_textdoc") => "comment",
            _ => "create",
        };
        let changes = |list: &[Value]| {
            if list.is_empty() {
                json.to_owned()
            } else {
                Value::from(list).to_string()
            }
        };
        let document = match action {
            "create" => arguments.content,
            "update" => whole_replacement(&arguments.updates),
            _ => None,
        };
        Self {
            action,
            title: arguments.name,
            kind: arguments.kind,
            is_document: document.is_some(),
            content: document.unwrap_or_else(|| match action {
                "update" => changes(&arguments.updates),
                _ => changes(&arguments.comments),
            }),
        }
    }

    /// The document in a fence, or the changes as JSON; `known_kind` is that of the document
    /// when the call does not state it.
    pub(super) fn to_block(&self, known_kind: Option<&str>) -> String {
        let kind = self.kind.as_deref().or(known_kind);
        let language = match kind {
            _ if !self.is_document => "json",
            Some("document") => "markdown",
            Some(kind) => kind.strip_prefix("code/").unwrap_or_default(),
            None => "",
        };
        fenced(language, &self.content)
    }

    /// The kind of document it states.
    pub(super) fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The step it is.
    pub(super) fn into_step(self) -> Step {
        Step::Canvas {
            document_id: None,
            title: self.title,
            kind: self.kind,
            action: self.action,
            content: self.content,
        }
    }
}

/// `text` in a fence longer than any inside it.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let line_end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    [&*fence, language, "\n", text, line_end, &*fence].concat()
}

/// The document after updates that leave nothing of the old one.
fn whole_replacement(updates: &[Value]) -> Option<String> {
    let [update] = updates else { return None };
    let pattern = update.get("pattern")?.as_str()?;
    let replacement = update.get("replacement")?.as_str()?;
    (pattern == ".*").then(|| replacement.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{CanvasCall, fenced};

    #[test]
    fn a_document_is_shown_whole_and_smaller_changes_as_json() {
        let block = |recipient: &str, json: &str| {
            CanvasCall::read(recipient, json).to_block(Some("code/python"))
        };
        for (recipient, json, expected) in [
            (
                "canmore.create_textdoc",
                r#"{"name":"N","type":"document","content":"a\n```b"}"#,
                "````markdown\na\n```b\n````",
            ),
            (
                "canmore.create_textdoc",
                r#"{"type":"code/html","content":"<p>\n"}"#,
                "```html\n<p>\n```",
            ),
            (
                "canmore.update_textdoc",
                r#"{"updates":[{"pattern":".*","multiple":false,"replacement":"x"}]}"#,
                "```python\nx\n```",
            ),
            (
                "canmore.update_textdoc",
                r#"{"updates":[{"pattern":"a","replacement":"b"}]}"#,
                "```json\n[{\"pattern\":\"a\",\"replacement\":\"b\"}]\n```",
            ),
            (
                "canmore.comment_textdoc",
                r#"{"comments":[{"pattern":"a","comment":"b"}]}"#,
                "```json\n[{\"pattern\":\"a\",\"comment\":\"b\"}]\n```",
            ),
            (
                "canmore.create_textdoc",
                "{\"content\":\"cut",
                "```json\n{\"content\":\"cut\n```",
            ),
        ] {
            assert_eq!(block(recipient, json), expected);
        }
    }

    #[test]
    fn nothing_inside_ends_a_fence() {
        assert_eq!(fenced("Output", "`````"), "``````Output\n`````\n``````");
        assert_eq!(fenced("", ""), "```\n```");
    }
}
