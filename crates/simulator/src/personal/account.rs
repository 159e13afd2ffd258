//! The account itself: whom it has invited, how it proves that it is itself, and what it may do
//! only once. Signing out everywhere, deactivating and exporting are answered and change nothing.

use axum::extract::Path;
use http::StatusCode;
use serde_json::json;

use crate::ids;
use crate::reply::Reply;
use crate::tokens::Caller;

/// `GET /backend-api/accounts/{id}/invites`, of an account or a workspace the caller has.
pub(super) async fn invites(caller: Caller, Path(id): Path<String>) -> Result<Reply, Reply> {
    let account = caller.accounts.iter().find(|account| account.id == id);
    let account = account.ok_or_else(|| not_found(&id))?;
    let invite = json!({
        "id": ids::uuid(&["invite", &account.id]),
        "email_address": format!("guest-of-{}", account.email),
        "role": "standard-user",
        "created_time": "2026-01-01T00:00:00.000Z",
        "is_scim_managed": false,
    });
    Ok(Reply::ok(
        &json!({"items": [invite], "total": 1, "limit": 25, "offset": 0}),
    ))
}

/// `GET /backend-api/accounts/mfa_info`
pub(super) async fn factors(caller: Caller) -> Reply {
    let account = &caller.account;
    Reply::ok(&json!({
        "mfa_enabled": true,
        "mfa_enabled_v2": true,
        "factors": [{
            "id": format!("mfa_{}", ids::hex(&["factor", &account.user_id], 24)),
            "factor_type": "totp",
            "nickname": format!("{}'s telephone", account.name),
        }],
        "recovery_email": account.email,
    }))
}

/// `POST /backend-api/accounts/logout_all`
pub(super) async fn sign_out(_caller: Caller) -> Reply {
    Reply::ok(&json!({"success": true}))
}

/// `POST /backend-api/accounts/deactivate`
pub(super) async fn deactivate(_caller: Caller) -> Reply {
    Reply::ok(&json!({"success": true}))
}

/// `GET` and `POST /backend-api/accounts/data_export`
pub(super) async fn export(caller: Caller) -> Reply {
    Reply::ok(&json!({
        "status": "queued",
        "email": caller.account.email,
        "message": format!("An export will be sent to {}", caller.account.email),
    }))
}

/// What upstream answers for an account that is not there, or not the caller's.
pub(super) fn not_found(id: &str) -> Reply {
    let message = format!("Account {id} not found");
    Reply::coded(StatusCode::NOT_FOUND, "account_not_found", &message)
}
