//! What is stored of RefreshTokens, opened with the product's own vault and compared by digests
//! with what the simulator gave out last. Used by `checks`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use simulator::SignInLog;
use store::{Chance, Database, DatabaseTarget, MasterKey};

use crate::database::Backend;
use crate::upstream;

/// How many of the newest RefreshTokens are stored, and how many there are.
pub(crate) async fn newest_stored(
    backend: &Backend,
    data_folder: &Path,
    log: &SignInLog,
) -> Result<(usize, usize)> {
    let target = match backend {
        Backend::Sqlite(path) => DatabaseTarget::Sqlite(path.clone()),
        Backend::Postgres { url, .. } => DatabaseTarget::Postgres(SecretString::from(url.as_str())),
    };
    let master_key = MasterKey::InFolder(data_folder.to_owned());
    let chance = Chance::new(|bytes| getrandom::fill(bytes).map_err(Into::into));
    let now = upstream::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = i64::try_from(now.as_secs())?;
    let database = Database::open(&target, master_key, chance, now).await?;
    let stored = database.refresh_tokens().await?;
    let digests: BTreeSet<String> = stored.values().map(digest).collect();
    database.close().await;
    let newest = log.accounts.values().map(|it| &it.refresh_token_sha256);
    let held = newest.filter(|it| digests.contains(*it)).count();
    Ok((held, log.accounts.len()))
}

fn digest(token: &SecretString) -> String {
    let digest = Sha256::digest(token.expose_secret());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}
