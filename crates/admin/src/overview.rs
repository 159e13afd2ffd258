//! How everything is, in one answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use store::records::UsageGroup;
use web::ApiError;

use crate::Admin;
use crate::accounts_list::state;
use crate::body::stored;
use crate::guard::Operator;

const DAY_SECONDS: i64 = 86_400;

pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
) -> Result<Json<Value>, ApiError> {
    let accounts = admin.parts.pool.accounts();
    let mut by_state: BTreeMap<&str, usize> = BTreeMap::new();
    for it in &accounts {
        *by_state.entry(state(it)).or_default() += 1;
    }
    let today = admin.now().div_euclid(DAY_SECONDS);
    let database = &admin.parts.database;
    let used = database
        .usage(today, today + 1, UsageGroup::Day)
        .await
        .map_err(stored)?;
    let used = used.first();
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "api_base": admin.parts.settings.api_base,
        "database": database.kind(),
        "accounts": {
            "total": accounts.len(),
            "usable": accounts.iter().filter(|it| it.is_usable).count(),
            "by_state": by_state,
        },
        "requests_in_use": admin.parts.pool.leased(),
        "requests_waiting": admin.parts.pool.waiting(),
        "today": {
            "requests": used.map_or(0, |it| it.requests),
            "failures": used.map_or(0, |it| it.failures),
            "prompt_tokens": used.map_or(0, |it| it.prompt_tokens),
            "completion_tokens": used.map_or(0, |it| it.completion_tokens),
        },
        "warnings": admin.parts.settings.warnings,
    })))
}
