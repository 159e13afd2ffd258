//! Who somebody is who shares an account: one description, from which every answer is made that
//! says so, so that no two of them disagree. Nothing in it is the account owner's.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use upstream::web::PassedRequest;
use uuid::Uuid;
use web::{ApiError, ErrorClass};

use crate::Gateway;
use crate::answers;
use crate::passing;
use crate::shared::Checked;
use crate::visitor::Visitor;

/// What an account has paid for changes seldom.
const PLAN_SECONDS: u64 = 600;

const ACCOUNT: &str = "/backend-api/accounts/check/v4-2023-04-27";

/// What is known of accounts' plans.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<HashMap<[u8; 16], (u64, Plan)>>);

/// What an account can do: all of it that is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    name: Value,
    is_deactivated: Value,
    features: Value,
    is_paid: Value,
    subscription: Value,
}

/// Somebody who shares an account, as upstream's pages see them.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) user_id: String,
    pub(crate) account_id: String,
    pub(crate) email: String,
}

impl Shown {
    /// Made of the owner id alone, so it is always the same.
    pub(crate) fn of(owner: &str) -> Self {
        let short: String = owner.chars().take(24).collect();
        let number = u128::from_str_radix(owner, 16).unwrap_or_default();
        Self {
            user_id: format!("user-{short}"),
            account_id: Uuid::from_u128(number).to_string(),
            email: format!("{}@shared.invalid", short.get(..8).unwrap_or(&short)),
        }
    }
}

/// `GET /backend-api/me`.
pub(crate) fn me(_gateway: &Gateway, checked: &Checked<'_>) -> Response {
    let shown = Shown::of(&checked.owner);
    answers::json(
        StatusCode::OK,
        &json!({
            "object": "user",
            "id": shown.user_id,
            "email": shown.email,
            "name": "FlowGPT",
            "picture": null,
            "created": 0,
            "phone_number": null,
            "mfa_flag_enabled": false,
            "amr": [],
            "groups": [],
            "orgs": {"object": "list", "data": []},
            "has_payg_project_spend_limit": false,
        }),
    )
}

/// `GET /backend-api/accounts/check/…`: the plan of the account, and nothing else of it.
pub(crate) async fn account(
    gateway: &Gateway,
    checked: &Checked<'_>,
) -> Result<Response, ApiError> {
    let plan = plan(gateway, checked.visitor, &checked.headers).await?;
    let shown = Shown::of(&checked.owner);
    let entry = entry(&shown, &plan);
    let reply = json!({
        "accounts": {shown.account_id.as_str(): entry, "default": entry},
        "account_ordering": [shown.account_id],
    });
    Ok(answers::json(StatusCode::OK, &reply))
}

fn entry(shown: &Shown, plan: &Plan) -> Value {
    json!({
        "account": {
            "account_user_role": "standard-user",
            "account_user_id": format!("{}__{}", shown.user_id, shown.account_id),
            "processor": {"a001": {"has_customer_object": false}},
            "account_id": shown.account_id,
            "organization_id": null,
            "is_most_recent_expired_subscription_gratis": false,
            "has_previously_paid_subscription": plan.is_paid,
            "name": null,
            "profile_picture_id": null,
            "profile_picture_url": null,
            "structure": "personal",
            "plan_type": plan.name,
            "is_deactivated": plan.is_deactivated,
            "promo_data": {},
        },
        "features": plan.features,
        "entitlement": {
            "subscription_id": null,
            "has_active_subscription": plan.is_paid,
            "subscription_plan": plan.subscription,
            "expires_at": null,
            "renews_at": null,
            "billing_period": null,
        },
        "last_active_subscription": {
            "subscription_id": null,
            "purchase_origin_platform": "chatgpt_not_purchased",
            "will_renew": false,
        },
        "is_eligible_for_yearly_plus_subscription": false,
    })
}

/// What the account behind somebody can do; from memory where it is fresh.
pub(crate) async fn plan(
    gateway: &Gateway,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Plan, ApiError> {
    let lease = passing::lease(gateway, &visitor.caller, None).await?;
    let key = lease.credential().key();
    let workspace = lease.credential().workspace();
    let now = gateway.now();
    if let Some(plan) = gateway.plans.fresh(key, now) {
        return Ok(plan);
    }
    let request = PassedRequest::get(ACCOUNT.to_owned(), headers);
    let passed = passing::pass(gateway, &visitor.caller, lease, &request).await?;
    let (status, value, _lease) = passed.json().await?;
    if !status.is_success() {
        return Err(ApiError::new(
            StatusCode::BAD_GATEWAY,
            ErrorClass::Upstream,
            "upstream_error",
            format!("upstream did not say what the account can do: status {status}"),
        ));
    }
    let plan = Plan::of(acting(&value, workspace.as_deref()));
    gateway.plans.remember(key, now, plan.clone());
    Ok(plan)
}

/// The entry of the workspace that is acted for; the usual one where none is named.
fn acting<'a>(reply: &'a Value, workspace: Option<&str>) -> &'a Value {
    let accounts = &reply["accounts"];
    let first = reply["account_ordering"][0].as_str();
    let names = [workspace, first, Some("default")];
    let mut entries = names.into_iter().flatten().map(|it| &accounts[it]);
    entries.find(|it| it.is_object()).unwrap_or(&Value::Null)
}

impl Plan {
    /// `plus`, for example.
    pub(crate) fn name(&self) -> &Value {
        &self.name
    }

    fn of(entry: &Value) -> Self {
        Self {
            name: entry["account"]["plan_type"].clone(),
            is_deactivated: entry["account"]["is_deactivated"].clone(),
            features: match &entry["features"] {
                features @ Value::Array(_) => features.clone(),
                _ => json!([]),
            },
            is_paid: entry["entitlement"]["has_active_subscription"].clone(),
            subscription: entry["entitlement"]["subscription_plan"].clone(),
        }
    }
}

impl Plans {
    fn fresh(&self, key: [u8; 16], now: u64) -> Option<Plan> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, plan) = known.get(&key)?;
        (at + PLAN_SECONDS > now).then(|| plan.clone())
    }

    fn remember(&self, key: [u8; 16], now: u64, plan: Plan) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at, _)| *at + PLAN_SECONDS > now);
        known.insert(key, (now, plan));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Plan, Shown, acting, entry};

    #[test]
    fn of_an_account_its_plan_is_told_and_nothing_else() {
        let reply = json!({
            "accounts": {"w": {
                "account": {"plan_type": "team", "is_deactivated": false, "name": "Secret Ltd",
                    "account_id": "w", "account_user_id": "user-1__w"},
                "features": ["canvas"],
                "entitlement": {"has_active_subscription": true, "subscription_id": "sub-1",
                    "subscription_plan": "chatgptteamplan"},
            }},
            "account_ordering": ["w"],
        });
        let shown = Shown::of(&"0f".repeat(16));
        let entry = entry(&shown, &Plan::of(acting(&reply, None)));
        assert_eq!(entry["account"]["plan_type"], "team");
        assert_eq!(entry["features"], json!(["canvas"]));
        let written = entry.to_string();
        for own in ["Secret", "user-1", "sub-1", "\"w\""] {
            assert!(!written.contains(own), "{own} in {written}");
        }
    }

    #[test]
    fn who_somebody_is_says_nothing_but_that_they_are_the_same() {
        let (one, again) = (Shown::of(&"ab".repeat(16)), Shown::of(&"ab".repeat(16)));
        assert_eq!(one.user_id, again.user_id);
        assert_eq!(one.email, "abababab@shared.invalid");
    }
}
