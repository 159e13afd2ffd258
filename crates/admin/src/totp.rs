//! A second factor: codes of an app, each good once.

use secrecy::{ExposeSecret, SecretString};
use store::{Database, DatabaseError};
use totp_rs::{Builder, Secret, Totp};

/// Where the secret is, sealed; and before it is confirmed.
const SETTING: &str = "admin.totp";
const PENDING: &str = "admin.totp.pending";

/// Where the last step that was used is; with its number behind, who used that step.
const STEP_FACT: &str = "admin.totp.step";

/// How a code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// None is needed.
    NotNeeded,
    /// It is right.
    Right,
    /// One is needed, and none was shown.
    Missing,
    /// It is wrong, or was used.
    Wrong,
}

/// Whether a second factor is set up.
pub(crate) async fn is_on(database: &Database) -> Result<bool, DatabaseError> {
    Ok(secret(database, SETTING).await?.is_some())
}

/// Looks at a code; a right one is not right a second time.
///
/// `token` tells this try from others that may be under way with the same code.
pub(crate) async fn check(
    database: &Database,
    code: Option<&str>,
    token: &str,
    now: u64,
) -> Result<Code, DatabaseError> {
    let Some(secret) = secret(database, SETTING).await? else {
        return Ok(Code::NotNeeded);
    };
    let Some(code) = code.filter(|it| !it.is_empty()) else {
        return Ok(Code::Missing);
    };
    let Some(step) = step_of(&secret, code, now) else {
        return Ok(Code::Wrong);
    };
    let last = last_step(database).await?;
    if step <= last || database.set_fact_once(&claim(step), token).await? != token {
        return Ok(Code::Wrong);
    }
    database.set_fact(STEP_FACT, &step.to_string()).await?;
    database.take_fact(&claim(last)).await?;
    Ok(Code::Right)
}

/// Makes a secret that is not in force yet; the address that apps read it from.
pub(crate) async fn begin(
    database: &Database,
    chance: [u8; 20],
    now: i64,
) -> Result<String, DatabaseError> {
    let secret = Secret::new_stack(chance).to_base32();
    let url = totp(&secret).and_then(|it| it.to_url().ok());
    database.set_override(PENDING, &secret.into(), now).await?;
    url.ok_or_else(|| DatabaseError::Other("the secret is too short".to_owned()))
}

/// Puts the pending secret in force, if the code is its own.
pub(crate) async fn confirm(
    database: &Database,
    code: &str,
    now: u64,
) -> Result<bool, DatabaseError> {
    let Some(pending) = secret(database, PENDING).await? else {
        return Ok(false);
    };
    let Some(step) = step_of(&pending, code, now) else {
        return Ok(false);
    };
    let signed = i64::try_from(now).unwrap_or(i64::MAX);
    database.set_override(SETTING, &pending, signed).await?;
    database.remove_override(PENDING).await?;
    database.set_fact(STEP_FACT, &step.to_string()).await?;
    Ok(true)
}

/// Does without a second factor.
pub(crate) async fn remove(database: &Database) -> Result<(), DatabaseError> {
    database.remove_override(SETTING).await.map(drop)
}

async fn last_step(database: &Database) -> Result<u64, DatabaseError> {
    let last = database.fact(STEP_FACT).await?;
    Ok(last.and_then(|it| it.parse().ok()).unwrap_or_default())
}

fn claim(step: u64) -> String {
    format!("{STEP_FACT}.{step}")
}

async fn secret(database: &Database, name: &str) -> Result<Option<SecretString>, DatabaseError> {
    let overrides = database.overrides().await?;
    let found = overrides.into_iter().find(|(known, _, _)| known == name);
    Ok(found.map(|(_, secret, _)| secret))
}

/// The step a code belongs to: this one, or the one before or after.
fn step_of(secret: &SecretString, code: &str, now: u64) -> Option<u64> {
    totp(secret.expose_secret())?.check(code, now)
}

fn totp(encoded: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(encoded).ok()?;
    let builder = Builder::new()
        .with_secret(secret)
        .with_issuer(Some("FlowGPT"));
    builder.with_account_name("admin").build().ok()
}
