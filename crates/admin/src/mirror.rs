//! How it stands with the mirror of the official interface, as another face tells it.

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::Admin;
use crate::guard::Operator;

/// Tells how it stands with each account's pages; nothing where there is no mirror.
#[derive(Clone, Default)]
pub struct MirrorReport(Option<Arc<dyn Fn() -> Value + Send + Sync>>);

impl MirrorReport {
    /// What a mirror tells.
    pub fn new(tell: impl Fn() -> Value + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }
}

impl fmt::Debug for MirrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MirrorReport")
    }
}

pub(crate) async fn show(State(admin): State<Arc<Admin>>, _operator: Operator) -> Json<Value> {
    let report = admin.parts.mirror.0.as_ref();
    let accounts = report.map_or_else(|| json!([]), |tell| tell());
    Json(json!({"is_on": report.is_some(), "accounts": accounts}))
}
