//! The model list.

use serde::Serialize;

/// `GET /v1/models`
#[derive(Debug, Serialize)]
pub struct ModelList {
    /// Always `list`.
    pub object: &'static str,
    /// The models.
    pub data: Vec<Model>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Model {
    /// What to send as `model`.
    pub id: String,
    /// Always `model`.
    pub object: &'static str,
    /// Unix seconds; 0 where upstream does not say.
    pub created: u64,
    /// Who offers it.
    pub owned_by: String,
    /// The drivers that have it, the preferred one first.
    pub drivers: Vec<&'static str>,
    /// What can be asked of it, by the words of `/capabilities`.
    pub capabilities: Vec<&'static str>,
}
