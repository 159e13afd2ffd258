//! Options of a request beside its messages and tools: thinking, output, metadata.

use serde::Deserialize;
use serde_json::Value;

/// `thinking`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Thinking {
    /// `enabled`, `adaptive`, `between_tools` or `disabled`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many tokens the thoughts may have.
    #[serde(default)]
    pub budget_tokens: Option<u64>,
    /// `summarized` or `omitted`.
    #[serde(default)]
    pub display: Option<String>,
}

/// `output_config`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct OutputConfig {
    /// How much effort goes into the answer.
    #[serde(default)]
    pub effort: Option<String>,
    /// What form it has.
    #[serde(default)]
    pub format: Option<OutputFormat>,
}

/// `output_config.format`, which was `output_format` before.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct OutputFormat {
    /// `json_schema`
    #[serde(rename = "type")]
    pub kind: String,
    /// The schema.
    #[serde(default)]
    pub schema: Option<Value>,
}

/// `metadata`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// An opaque id of the person.
    #[serde(default)]
    pub user_id: Option<String>,
}
