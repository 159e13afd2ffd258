//! Accounts: listed, looked at, taken in, changed and removed.

use std::collections::HashMap;
use std::sync::Arc;

use accounts::{AccountView, Mode, Source, Verdict};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use store::records::{AccountId, AccountPatch, Outcome};
use web::ApiError;

use crate::Admin;
use crate::account_view::{show_one, shown};
use crate::body::{self, Asked, LIST, SMALL, check_name, invalid, not_found, stored};
use crate::guard::Operator;
use crate::replies::{Account, AccountPage};

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    health: Option<String>,
    search: Option<String>,
    #[serde(default)]
    after: usize,
    limit: Option<usize>,
}

/// Why an account cannot be asked that nothing else is wrong with.
const NO_TOKEN: &str = "its AccessToken has expired or was rejected, and it has no RefreshToken; \
     import a new token";

/// More than this are not listed at once.
const MAX_LISTED: usize = 1000;

pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<AccountPage>, ApiError> {
    let all = admin.parts.pool.accounts();
    let search = wanted.search.unwrap_or_default().to_lowercase();
    let matches = |it: &&AccountView| {
        let health = wanted.health.as_deref();
        health.is_none_or(|health| state(it) == health) && is_found(it, &search)
    };
    let matching: Vec<&AccountView> = all.iter().filter(matches).collect();
    let limit = wanted.limit.unwrap_or(MAX_LISTED).min(MAX_LISTED);
    let page = matching.iter().skip(wanted.after).take(limit);
    Ok(Json(AccountPage {
        total: matching.len(),
        accounts: shown(&admin, page.copied()).await?,
    }))
}

/// Whether what people know an account by holds `search`, which is in lower case.
fn is_found(it: &AccountView, search: &str) -> bool {
    let owner = [&it.email, &it.name].into_iter().flatten();
    let mut texts = owner
        .map(ExposeSecret::expose_secret)
        .chain([it.label.as_str(), it.plan.as_deref().unwrap_or_default()]);
    texts.any(|text| text.to_lowercase().contains(search)) || it.id.to_string().starts_with(search)
}

/// Accounts that cannot be asked or only in need, with the reason; no token is shown.
pub(crate) async fn errors(State(admin): State<Arc<Admin>>, _operator: Operator) -> Json<Value> {
    let all = admin.parts.pool.accounts();
    let is_well = |it: &AccountView| it.is_usable && it.health == accounts::Health::Healthy;
    let failed = all.iter().filter(|it| !it.is_disabled && !is_well(it));
    let failed = failed.map(|it| {
        json!({
            "id": it.id.to_string(),
            "label": it.label,
            "health": it.health.word(),
            "reason": it.health.reason().unwrap_or(NO_TOKEN),
            "since": it.health_since,
        })
    });
    Json(json!({"accounts": failed.collect::<Vec<_>>()}))
}

pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Account>, ApiError> {
    show_one(&admin, &id).await
}

#[derive(Deserialize)]
pub(crate) struct Import {
    text: SecretString,
    #[serde(default)]
    dry_run: bool,
}

pub(crate) async fn import(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let asked: Import = body::read(&headers, body, LIST).await?;
    let mode = if asked.dry_run {
        Mode::Trial
    } else {
        Mode::Write
    };
    let verdicts = take_in(&admin, &operator, &asked.text, mode).await?;
    Ok(Json(summary(&admin, &verdicts, mode)))
}

/// Takes accounts in, for the JSON API and for the classic form.
pub(crate) async fn take_in(
    admin: &Admin,
    operator: &Operator,
    text: &SecretString,
    mode: Mode,
) -> Result<Vec<Verdict>, ApiError> {
    let verdicts = admin.parts.pool.import(text, Source::Admin, mode).await;
    let verdicts = verdicts.map_err(stored)?;
    if verdicts.is_empty() {
        return Err(invalid("empty_list", "You entered a null value").with_param("text"));
    }
    if mode == Mode::Write {
        let taken = verdicts.iter().filter(|it| it.result.is_ok()).count();
        let detail = format!("{taken} of {} lines", verdicts.len());
        operator
            .did(admin, "import_accounts", None, Some(detail))
            .await;
    }
    Ok(verdicts)
}

pub(crate) fn summary(admin: &Admin, verdicts: &[Verdict], mode: Mode) -> Value {
    let count = |outcome| {
        let taken = verdicts.iter().filter_map(|it| it.result.as_ref().ok());
        taken.filter(|it| it.outcome == outcome).count()
    };
    // One look at the accounts, however many lines there are.
    let accounts = admin.parts.pool.accounts().into_iter();
    let labels: HashMap<AccountId, String> = accounts.map(|it| (it.id, it.label)).collect();
    let lines = verdicts.iter().map(|it| verdict(it, &labels, mode));
    json!({
        "added": count(Outcome::Added),
        "updated": count(Outcome::Updated),
        "restored": count(Outcome::Restored),
        "unchanged": count(Outcome::Unchanged),
        "rejected": verdicts.iter().filter(|it| it.result.is_err()).count(),
        "lines": lines.collect::<Vec<_>>(),
    })
}

pub(crate) fn verdict(it: &Verdict, labels: &HashMap<AccountId, String>, mode: Mode) -> Value {
    let (outcome, id, reason) = match &it.result {
        // The id of a new account in a trial will never be used.
        Ok(taken) if mode == Mode::Trial && taken.outcome == Outcome::Added => {
            ("added", None, None)
        }
        Ok(taken) => (word(taken.outcome), Some(taken.id), None),
        Err(reason) => ("rejected", None, Some(reason.to_string())),
    };
    json!({
        "line": it.line,
        "kind": it.kind,
        "outcome": outcome,
        "account_id": id.map(|it| it.to_string()),
        "account": id.and_then(|it| labels.get(&it)),
        "reason": reason,
    })
}

#[expect(clippy::option_option, reason = "null and nothing differ")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    label: Option<String>,
    is_disabled: Option<bool>,
    /// Null for the general limit.
    #[serde(default, deserialize_with = "present")]
    max_in_use: Option<Option<u32>>,
    /// By its name without credentials; null for the one that follows from the settings.
    #[serde(default, deserialize_with = "present")]
    egress: Option<Option<String>>,
    #[serde(default)]
    reset_device_id: bool,
}

pub(crate) async fn change(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Account>, ApiError> {
    let asked: Change = body::read(&headers, body, SMALL).await?;
    let account = found(&admin, &id)?;
    if let Some(label) = &asked.label {
        check_name(label, "label")?;
    }
    let egress = match asked.egress {
        None => None,
        Some(None) => Some(None),
        Some(Some(name)) => Some(Some(egress_address(&admin, &name)?)),
    };
    let patch = AccountPatch {
        label: asked.label,
        is_disabled: asked.is_disabled,
        max_in_use: asked.max_in_use,
        egress,
        device_id: asked
            .reset_device_id
            .then(|| fresh_device(&admin))
            .transpose()?,
        facts: None,
    };
    admin
        .parts
        .pool
        .change(account.id, patch)
        .await
        .map_err(stored)?;
    operator
        .did(&admin, "change_account", Some(id.clone()), None)
        .await;
    show_one(&admin, &id).await
}

pub(crate) async fn remove(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let account = found(&admin, &id)?;
    admin.parts.pool.remove(account.id).await.map_err(stored)?;
    operator.did(&admin, "remove_account", Some(id), None).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The account of a path.
pub(crate) fn found(admin: &Admin, id: &str) -> Result<AccountView, ApiError> {
    let id: Option<AccountId> = id.parse().ok();
    let account = id.and_then(|id| admin.parts.pool.account(id));
    account.ok_or_else(|| not_found("there is no such account"))
}

/// One word for how an account is, the operator's own first.
pub(crate) fn state(it: &AccountView) -> &'static str {
    if it.is_disabled {
        "disabled"
    } else if it.health == accounts::Health::Healthy && !it.cool_downs.is_empty() {
        "limited"
    } else {
        it.health.word()
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "added",
        Outcome::Updated => "updated",
        Outcome::Restored => "restored",
        Outcome::Unchanged => "unchanged",
    }
}

/// The egress of that name, credentials included.
fn egress_address(admin: &Admin, name: &str) -> Result<SecretString, ApiError> {
    if name == "direct" {
        return Ok("direct".into());
    }
    let offered = admin.parts.settings.egresses.iter();
    let named: Vec<_> = offered.filter(|it| it.to_string() == name).collect();
    let message = match named.as_slice() {
        [egress] => return Ok(egress.address()),
        [] => "no such egress is in PROXY_URL",
        // They differ in their credentials, which are not shown.
        _ => "several egresses of that name are in PROXY_URL, so none can be chosen by it",
    };
    Err(invalid("invalid_value", message).with_param("egress"))
}

fn fresh_device(admin: &Admin) -> Result<uuid::Uuid, ApiError> {
    let chance: std::io::Result<[u8; 16]> = admin.parts.chance.bytes();
    let bytes = chance.map_err(|it| stored(store::DatabaseError::Other(it.to_string())))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// Tells a member that is null from one that is not there.
#[expect(clippy::option_option, reason = "null and nothing differ")]
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
