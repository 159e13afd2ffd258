//! A model and the list of them.

use serde::Serialize;

/// `type: "model"`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelInfo {
    /// Always `model`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it is asked by.
    pub id: String,
    /// What it is called.
    pub display_name: String,
    /// When it was released; the epoch, because that is not known.
    pub created_at: &'static str,
    /// Always `active`.
    pub lifecycle: &'static str,
    /// Always null: not known.
    pub capabilities: Option<()>,
    /// Always null.
    pub deprecated_at: Option<()>,
    /// Always null.
    pub retires_at: Option<()>,
    /// Always null.
    pub line: Option<()>,
    /// Always null: not known.
    pub max_input_tokens: Option<u64>,
    /// Always null: not known.
    pub max_tokens: Option<u64>,
}

/// A page of models; here always the only one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelPage {
    /// The models.
    pub data: Vec<ModelInfo>,
    /// Whether more follow.
    pub has_more: bool,
    /// The first one's id.
    pub first_id: Option<String>,
    /// The last one's id.
    pub last_id: Option<String>,
}

impl ModelInfo {
    /// A model known by its name only.
    pub fn new(id: String) -> Self {
        Self {
            kind: "model",
            display_name: id.clone(),
            id,
            created_at: "1970-01-01T00:00:00Z",
            lifecycle: "active",
            capabilities: None,
            deprecated_at: None,
            retires_at: None,
            line: None,
            max_input_tokens: None,
            max_tokens: None,
        }
    }
}

impl ModelPage {
    /// All models.
    pub fn new(data: Vec<ModelInfo>) -> Self {
        Self {
            has_more: false,
            first_id: data.first().map(|it| it.id.clone()),
            last_id: data.last().map(|it| it.id.clone()),
            data,
        }
    }
}
