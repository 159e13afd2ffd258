//! `GET /v1/usage`: what the caller's key has used of its budgets.

use std::sync::Arc;

use accounts::Budget;
use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use store::records::Spend;
use web::{ApiError, ErrorClass, caller_auth};

use crate::Api;

/// The reply.
#[derive(Debug, Serialize)]
pub(crate) struct Usage {
    object: &'static str,
    /// The managed key's id; null for a key of `AUTHORIZATION` and for other credentials, which
    /// have no budgets.
    key_id: Option<String>,
    budgets: Vec<BudgetUsage>,
}

#[derive(Debug, Serialize)]
struct BudgetUsage {
    period: &'static str,
    /// Unix seconds.
    starts_at: i64,
    /// Unix seconds.
    resets_at: i64,
    requests: Counted,
    tokens: Counted,
}

#[derive(Debug, Serialize)]
struct Counted {
    used: i64,
    /// Set aside for requests under way.
    reserved: i64,
    /// Null for no limit.
    limit: Option<u64>,
}

pub(crate) async fn show(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
) -> Result<Json<Usage>, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let (Some(key), Some(policy)) = (who.caller.key_id(), who.caller.policy()) else {
        return Ok(Json(Usage {
            object: "usage",
            key_id: None,
            budgets: Vec::new(),
        }));
    };
    let spend = api.admission.spend(key, policy).await;
    let spend = spend.map_err(|error| {
        let class = ErrorClass::Gateway;
        let status = StatusCode::SERVICE_UNAVAILABLE;
        ApiError::new(status, class, "store_unavailable", error.to_string())
    })?;
    let budgets = policy.budgets.iter().zip(spend);
    Ok(Json(Usage {
        object: "usage",
        key_id: Some(key.to_owned()),
        budgets: budgets
            .map(|(budget, spend)| usage(budget, &spend))
            .collect(),
    }))
}

fn usage(budget: &Budget, spend: &Spend) -> BudgetUsage {
    BudgetUsage {
        period: spend.period,
        starts_at: spend.starts_at,
        resets_at: budget.period.end(spend.starts_at),
        requests: Counted {
            used: spend.requests,
            reserved: 0,
            limit: budget.requests,
        },
        tokens: Counted {
            used: spend.tokens,
            reserved: spend.reserved,
            limit: budget.tokens,
        },
    }
}
