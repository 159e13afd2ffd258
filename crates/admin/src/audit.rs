//! What was done in the admin, by whom and when; and the settings in effect.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use web::ApiError;

use crate::Admin;
use crate::body::{Asked, stored};
use crate::guard::Operator;
use crate::replies::AuditEntry;

const MAX_ENTRIES: i64 = 1000;

#[derive(Deserialize)]
pub(crate) struct Page {
    before: Option<i64>,
    limit: Option<i64>,
}

pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Asked(page): Asked<Page>,
) -> Result<Json<Value>, ApiError> {
    let limit = page.limit.unwrap_or(100).clamp(1, MAX_ENTRIES);
    let entries = admin.parts.database.audit_entries(limit, page.before).await;
    let entries = entries.map_err(stored)?;
    let entries = entries.into_iter().map(|it| AuditEntry {
        id: it.id,
        at: it.entry.at,
        actor: it.entry.actor,
        action: it.entry.action,
        subject: it.entry.subject,
        detail: it.entry.detail,
    });
    Ok(Json(json!({"entries": entries.collect::<Vec<_>>()})))
}

pub(crate) async fn settings(State(admin): State<Arc<Admin>>, _operator: Operator) -> Json<Value> {
    Json(json!({"settings": admin.parts.settings.effective}))
}
