//! The id token, which tells a program who signed in. It opens nothing.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::clients::Client;
use crate::ids;
use crate::signatures::{self, Signed};
use crate::timestamps::{iso, since_epoch};
use crate::token_spec::Holder;
use crate::tokens::{AUTH_CLAIM, subject};

const LIFETIME: Duration = Duration::from_hours(1);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// An id token for a program.
pub(super) fn mint(holder: &Holder, client: Client, now: SystemTime) -> String {
    let account = holder.account();
    let issued = since_epoch(now);
    let mut claims = json!({
        "aud": [client.id()],
        "iss": "https://auth.openai.com",
        "iat": issued.as_secs(),
        "exp": (issued + LIFETIME).as_secs(),
        "sub": subject(&account),
        "name": account.name,
        "email": account.email,
        "email_verified": true,
    });
    claims[AUTH_CLAIM] = json!({
        "chatgpt_account_id": account.id,
        "chatgpt_plan_type": account.plan,
        "chatgpt_user_id": account.user_id,
        "user_id": account.user_id,
    });
    if client == Client::Codex
        && let (Value::Object(auth), Value::Object(more)) =
            (&mut claims[AUTH_CLAIM], for_codex(&account.name, issued))
    {
        auth.extend(more);
    }
    signatures::sign_claims(Signed::Id, &claims)
}

/// What the command line is told beside the account.
fn for_codex(name: &str, issued: Duration) -> Value {
    json!({
        "chatgpt_subscription_active_start": iso(issued.saturating_sub(MONTH)),
        "chatgpt_subscription_active_until": iso(issued + MONTH),
        "chatgpt_subscription_last_checked": iso(issued),
        "chatgpt_account_is_fedramp": false,
        "groups": [],
        "organizations": [{
            "id": format!("org-{}", ids::hex(&["organization", name], 24)),
            "is_default": true,
            "role": "owner",
            "title": "Personal",
        }],
    })
}
