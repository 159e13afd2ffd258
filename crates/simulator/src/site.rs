//! What upstream says about itself and about an account: the front page, the user, the account and
//! its plan. Builds replies from an account and a time; routes call it.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::account::Account;
use crate::ids;
use crate::reply::Reply;
use crate::timestamps;

/// The front page.
pub(crate) fn front_page() -> Reply {
    let build = ids::hex(&["build"], 40);
    Reply::html(
        StatusCode::OK,
        format!(
            "<!DOCTYPE html><html lang=\"en-US\" data-build=\"prod-{build}\" dir=\"ltr\"><head>\
             <meta charset=\"utf-8\"><title>Simulator</title></head><body>\
             <h1>This is the simulator</h1>\
             <p>It stands in for chatgpt.com. Nothing here is real, and no account is used.</p>\
             </body></html>"
        ),
    )
}

/// The user.
pub(crate) fn me(account: &Account) -> Value {
    json!({
        "object": "user",
        "id": account.user_id,
        "email": account.email,
        "name": account.name,
        "picture": "https://simulator.invalid/picture.png",
        "created": 1_670_000_000,
        "phone_number": null,
        "mfa_flag_enabled": false,
        "amr": [],
        "groups": [],
        "orgs": {"object": "list", "data": [{
            "object": "organization",
            "id": format!("org-{}", ids::hex(&["organization", &account.name], 24)),
            "created": 1_670_000_000,
            "title": "Personal",
            "name": account.user_id,
            "description": format!("Personal org for {}", account.email),
            "personal": true,
            "settings": {
                "threads_ui_visibility": "NONE",
                "usage_dashboard_visibility": "ANY_ROLE",
                "disable_user_api_keys": false,
            },
            "parent_org_id": null,
            "is_default": true,
            "role": "owner",
            "is_scale_tier_authorized_purchaser": null,
            "is_scim_managed": false,
            "projects": {"object": "list", "data": []},
            "groups": [],
            "geography": null,
        }]},
        "has_payg_project_spend_limit": true,
    })
}

/// The accounts a user may act for, the first of them also under `default`, and what each has paid
/// for.
pub(crate) fn accounts_check(accounts: &[Account], deactivated: bool, now: SystemTime) -> Value {
    let entries = accounts
        .iter()
        .map(|account| (account.id.clone(), entry(account, deactivated, now)));
    let mut by_id: Map<String, Value> = entries.collect();
    if let Some(first) = accounts.first().and_then(|first| by_id.get(&first.id)) {
        let first = first.clone();
        by_id.insert("default".to_owned(), first);
    }
    let ids: Vec<&String> = accounts.iter().map(|account| &account.id).collect();
    json!({"accounts": by_id, "account_ordering": ids})
}

fn entry(account: &Account, deactivated: bool, now: SystemTime) -> Value {
    let since_epoch = timestamps::since_epoch(now);
    let subscription = ids::uuid(&["subscription", &account.name]);
    let paid = account.plan != "free";
    let is_workspace = matches!(
        account.plan.as_str(),
        "team" | "business" | "enterprise" | "edu"
    );
    let name = account.workspace.as_ref().unwrap_or(&account.name);
    let in_a_month = timestamps::iso(since_epoch + Duration::from_hours(30 * 24));
    json!({
        "account": {
            "account_user_role": "account-owner",
            "account_user_id": format!("{}__{}", account.user_id, account.id),
            "processor": {"a001": {"has_customer_object": paid}},
            "account_id": account.id,
            "organization_id": null,
            "is_most_recent_expired_subscription_gratis": false,
            "has_previously_paid_subscription": paid,
            "name": if is_workspace { json!(name) } else { Value::Null },
            "profile_picture_id": null,
            "profile_picture_url": null,
            "structure": if is_workspace { "workspace" } else { "personal" },
            "plan_type": account.plan,
            "is_deactivated": deactivated,
            "promo_data": {},
        },
        "features": ["canvas", "gizmo_live", "search_tool"],
        "entitlement": {
            "subscription_id": subscription,
            "has_active_subscription": paid,
            "subscription_plan": subscription_plan(&account.plan),
            "expires_at": if paid { json!(in_a_month) } else { Value::Null },
            "renews_at": if paid { json!(in_a_month) } else { Value::Null },
            "billing_period": if paid { json!("monthly") } else { Value::Null },
        },
        "last_active_subscription": {
            "subscription_id": subscription,
            "purchase_origin_platform": "chatgpt_web",
            "will_renew": paid,
        },
        "is_eligible_for_yearly_plus_subscription": false,
    })
}

fn subscription_plan(plan: &str) -> String {
    match plan {
        "pro" => "chatgptpro".to_owned(),
        other => format!("chatgpt{other}plan"),
    }
}
