//! The model catalogue of an account.
//!
//! Read by `upstream`, used by `transcode` to resolve model names. Protocol: models.

use serde::Deserialize;

/// `GET /backend-api/models`
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Catalogue {
    /// The models the account may ask for.
    #[serde(default)]
    pub models: Vec<CatalogueModel>,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
pub struct CatalogueModel {
    /// What to send as `model`.
    pub slug: String,
    /// The choices of how long to think.
    #[serde(default)]
    pub thinking_efforts: Option<Vec<ThinkingEffort>>,
}

/// One choice of how long to think.
#[derive(Debug, Clone, Deserialize)]
pub struct ThinkingEffort {
    /// What to send as `thinking_effort`.
    pub thinking_effort: String,
}

impl Catalogue {
    /// The model with this slug.
    pub fn find(&self, slug: &str) -> Option<&CatalogueModel> {
        self.models.iter().find(|model| model.slug == slug)
    }
}
