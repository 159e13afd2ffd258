//! What an account pays, and where it would go to change that.

use std::collections::HashMap;

use axum::extract::{Path, Query};
use serde_json::json;

use super::account::not_found;
use crate::ids;
use crate::reply::Reply;
use crate::tokens::Caller;

/// `/backend-api/payments/*`: a page of the bank's, which names the account.
pub(super) async fn payments(caller: Caller, Path(what): Path<String>) -> Reply {
    let account = &caller.account;
    let session = ids::hex(&["payment", &account.id, &what], 32);
    Reply::ok(&json!({
        "url": format!("https://pay.simulator.invalid/{}/{what}/{session}", account.user_id),
        "customer_email": account.email,
    }))
}

/// `GET /backend-api/subscriptions?account_id=…`, of an account or a workspace the caller has.
pub(super) async fn subscription(
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let account = match query.get("account_id") {
        None => Some(&caller.account),
        Some(id) => caller.accounts.iter().find(|account| account.id == *id),
    };
    let asked = query.get("account_id").map_or("", String::as_str);
    let account = account.ok_or_else(|| not_found(asked))?;
    let is_paid = account.plan != "free";
    let street = format!("1 {} Street", account.name);
    Ok(Reply::ok(&json!({
        "id": ids::uuid(&["subscription", &account.name]),
        "account_id": account.id,
        "plan_type": account.plan,
        "active_start": "2026-01-01T00:00:00.000Z",
        "will_renew": is_paid,
        "billing_period": is_paid.then_some("monthly"),
        "billing_currency": "USD",
        "seats_entitled": 1,
        "seats_in_use": 1,
        "billing_details": {"name": account.name, "email": account.email, "address": street},
    })))
}
