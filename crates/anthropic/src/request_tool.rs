//! A tool of a request, and whether the model has to call one.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A tool as sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RequestTool {
    /// `custom` or left out for a tool of the caller's; else a known tool and its version, as
    /// `bash_20250124`.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// What it is called by.
    #[serde(default)]
    pub name: Option<String>,
    /// What it does.
    #[serde(default)]
    pub description: Option<String>,
    /// The JSON schema of its input.
    #[serde(default)]
    pub input_schema: Option<Value>,
    /// Whether the input has to follow the schema exactly.
    #[serde(default)]
    pub strict: Option<bool>,
    /// All else.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// `tool_choice`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RequestToolChoice {
    /// `auto`, `any`, `tool` or `none`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The tool that has to be called.
    #[serde(default)]
    pub name: Option<String>,
    /// At most one call an answer.
    #[serde(default)]
    pub disable_parallel_tool_use: Option<bool>,
}
