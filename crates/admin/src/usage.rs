//! What was used, and single requests.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use store::records::{RequestFilter, RequestRecord, UsageGroup};
use web::ApiError;

use crate::Admin;
use crate::body::{Asked, invalid, stored};
use crate::guard::Operator;
use crate::replies::{RequestRow, UsageRow};

const DAY_SECONDS: i64 = 86_400;
const USUAL_DAYS: i64 = 30;
const MAX_REQUESTS: i64 = 1000;

#[derive(Deserialize)]
pub(crate) struct Sums {
    group: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
}

pub(crate) async fn sums(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Asked(asked): Asked<Sums>,
) -> Result<Json<Value>, ApiError> {
    let group = match asked.group.as_deref().unwrap_or("day") {
        "day" => UsageGroup::Day,
        "key" => UsageGroup::Key,
        "account" => UsageGroup::Account,
        "model" => UsageGroup::Model,
        _ => {
            let message = "group is day, key, account or model";
            return Err(invalid("invalid_value", message).with_param("group"));
        }
    };
    let until = asked.until.unwrap_or_else(|| admin.now() + 1);
    let usual = until.saturating_sub(USUAL_DAYS * DAY_SECONDS);
    let since = asked.since.unwrap_or(usual);
    // All days that the time between touches.
    let first = since.div_euclid(DAY_SECONDS);
    let last = until.saturating_sub(1).div_euclid(DAY_SECONDS) + 1;
    let rows = admin
        .parts
        .database
        .usage(first, last, group)
        .await
        .map_err(stored)?;
    let rows = rows.into_iter().map(|it| UsageRow {
        sum: (&it).into(),
        name: it.name,
    });
    Ok(Json(json!({"usage": rows.collect::<Vec<_>>()})))
}

#[derive(Deserialize)]
pub(crate) struct Page {
    since: Option<i64>,
    until: Option<i64>,
    key_id: Option<String>,
    account_id: Option<String>,
    model: Option<String>,
    route: Option<String>,
    status: Option<String>,
    before: Option<String>,
    limit: Option<i64>,
}

pub(crate) async fn requests(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Asked(asked): Asked<Page>,
) -> Result<Json<Value>, ApiError> {
    let has_failed = match asked.status.as_deref() {
        None => None,
        Some("ok") => Some(false),
        Some("failed") => Some(true),
        Some(_) => {
            let message = "status is ok or failed";
            return Err(invalid("invalid_value", message).with_param("status"));
        }
    };
    let filter = RequestFilter {
        since: asked.since,
        until: asked.until,
        key_id: asked.key_id,
        account_id: asked.account_id,
        model: asked.model,
        route: asked.route,
        has_failed,
        before_id: asked.before,
    };
    let limit = asked.limit.unwrap_or(100).clamp(1, MAX_REQUESTS);
    let records = admin
        .parts
        .database
        .requests(filter, limit)
        .await
        .map_err(stored)?;
    Ok(Json(
        json!({"requests": records.into_iter().map(request).collect::<Vec<_>>()}),
    ))
}

fn request(it: RequestRecord) -> RequestRow {
    RequestRow {
        id: it.id,
        at: it.at,
        key_id: it.key_id,
        account_id: it.account_id,
        driver: it.driver,
        route: it.route,
        model: it.model,
        status: it.status,
        code: it.code,
        prompt_tokens: it.prompt_tokens,
        completion_tokens: it.completion_tokens,
        first_text_ms: it.first_text_ms,
        duration_ms: it.duration_ms,
        attempts: it.attempts,
    }
}
