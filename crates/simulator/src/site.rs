//! What upstream says about itself and about an account: the front page, the session, the user,
//! the account and its plan. Builds replies from an account and a time; routes call it.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::COOKIE;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::ids;
use crate::reply::Reply;
use crate::timestamps;
use crate::tokens::{self, Account, TokenSpec};

const SESSION_COOKIE: &str = "__Secure-next-auth.session-token";

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

/// The session of the cookie; `{}` without one.
pub(crate) fn session(headers: &HeaderMap, now: SystemTime) -> Reply {
    let Some((name, cookie)) = session_cookie(headers) else {
        return Reply::ok(&json!({}));
    };
    let spec = TokenSpec::new(name);
    let account = Account::named(&spec.name, &spec.plan);
    let since_epoch = timestamps::since_epoch(now);
    let body = json!({
        "user": {
            "id": account.user_id,
            "name": account.name,
            "email": account.email,
            "image": "https://simulator.invalid/picture.png",
            "picture": "https://simulator.invalid/picture.png",
            "idp": "auth0",
            "iat": since_epoch.as_secs(),
            "mfa": false,
            "groups": [],
        },
        "expires": timestamps::iso(since_epoch + Duration::from_hours(90 * 24)),
        "account": {"id": account.id, "planType": account.plan, "structure": "personal"},
        "accessToken": tokens::mint(&spec, now),
        "authProvider": "openai",
    });
    Reply::ok(&body).with(
        "set-cookie",
        format!("{SESSION_COOKIE}={cookie}; Path=/; HttpOnly; Secure; SameSite=Lax"),
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

/// The account and what it has paid for.
pub(crate) fn accounts_check(account: &Account, now: SystemTime) -> Value {
    let since_epoch = timestamps::since_epoch(now);
    let subscription = ids::uuid(&["subscription", &account.name]);
    let paid = account.plan != "free";
    let workspace = matches!(
        account.plan.as_str(),
        "team" | "business" | "enterprise" | "edu"
    );
    let in_a_month = timestamps::iso(since_epoch + Duration::from_hours(30 * 24));
    let entry = json!({
        "account": {
            "account_user_role": "account-owner",
            "account_user_id": format!("{}__{}", account.user_id, account.id),
            "processor": {"a001": {"has_customer_object": paid}},
            "account_id": account.id,
            "organization_id": null,
            "is_most_recent_expired_subscription_gratis": false,
            "has_previously_paid_subscription": paid,
            "name": if workspace { json!(account.name) } else { Value::Null },
            "profile_picture_id": null,
            "profile_picture_url": null,
            "structure": if workspace { "workspace" } else { "personal" },
            "plan_type": account.plan,
            "is_deactivated": false,
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
    });
    let mut accounts = json!({ "default": entry });
    accounts[&account.id] = entry;
    json!({"accounts": accounts, "account_ordering": [account.id]})
}

fn subscription_plan(plan: &str) -> String {
    match plan {
        "pro" => "chatgptpro".to_owned(),
        other => format!("chatgpt{other}plan"),
    }
}

/// The account's name in the session cookie, and the cookie; long cookies come in numbered parts.
fn session_cookie(headers: &HeaderMap) -> Option<(String, String)> {
    let mut parts: Vec<(&str, &str)> = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| {
            let rest = name.strip_prefix(SESSION_COOKIE);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
        .collect();
    parts.sort_unstable();
    let cookie: String = parts.into_iter().map(|(_, value)| value).collect();
    let name = String::from_utf8(URL_SAFE_NO_PAD.decode(&cookie).ok()?).ok()?;
    (!name.is_empty()).then_some((name, cookie))
}
