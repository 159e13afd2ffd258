//! Moving everything to another database: accounts with their tokens, seeds, and what keys may
//! do, in one file that is sealed with a passphrase.
//!
//! Nothing above this crate sees what is inside. Usage, conversations and health stay behind.
//! Called by the command line.

mod document;
mod taking_in;

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, StoredAccount};
use store::{Database, DatabaseError, EXPORT_CHANCE_BYTES, ExportError, seal_export};

use crate::identity::is_stand_in;
use document::{Document, ExportedAccount, ExportedKey, ExportedSeed};

pub use taking_in::{ImportedAccount, ImportedExport, import_export};

/// An export that was made.
#[derive(Debug)]
pub struct Exported {
    /// The file.
    pub file: Vec<u8>,
    /// How many accounts are in it.
    pub accounts: usize,
    /// How many keys, without their secrets.
    pub keys: usize,
    /// How many seeds.
    pub seeds: usize,
    /// Accounts that were left out, because none of their tokens can be read.
    pub unreadable: usize,
}

/// An export could not be made or taken in.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailed {
    /// The file, or its passphrase.
    #[error("{0}")]
    Seal(#[from] ExportError),
    /// What is inside is not what it should be.
    #[error("what is in the export cannot be read")]
    NotUnderstood,
    /// The database.
    #[error("{0}")]
    Store(#[from] DatabaseError),
    /// A seed of the export is none here.
    #[error("a seed of the export was not taken: {0}")]
    Seed(#[from] crate::seeds::SeedRefused),
    /// The program ends.
    #[error("the program is ending")]
    Interrupted,
}

/// Seals everything that is to move; `chance` must be new each time.
pub async fn export(
    database: &Database,
    passphrase: &SecretString,
    chance: [u8; EXPORT_CHANCE_BYTES],
) -> Result<Exported, ExportFailed> {
    let mut refresh = database.refresh_tokens().await?;
    let stored = database.accounts().await?;
    let all = stored.len();
    let accounts: Vec<_> = stored
        .into_iter()
        .filter_map(|it| exported_account(it, &mut refresh))
        .collect();
    let keys = database.keys().await?.into_iter();
    let keys = keys.filter(|it| it.removed_at.is_none()).map(|it| {
        let policy = serde_json::from_str(&it.policy);
        Ok(ExportedKey {
            name: it.name,
            policy: policy.map_err(|_| DatabaseError::BadRecord("gateway_key"))?,
            is_disabled: it.is_disabled,
            expires_at: it.expires_at,
        })
    });
    let seeds = database.seeds().await?.into_iter().map(|it| ExportedSeed {
        seed: it.name.expose_secret().to_owned(),
        account_id: it.account.to_string(),
    });
    let document = Document {
        version: document::VERSION,
        keys: keys.collect::<Result<_, DatabaseError>>()?,
        seeds: seeds.collect(),
        accounts,
    };
    let (accounts, keys) = (document.accounts.len(), document.keys.len());
    let seeds = document.seeds.len();
    let content = serde_json::to_string(&document).map_err(|_| ExportFailed::NotUnderstood)?;
    let (content, passphrase) = (SecretString::from(content), passphrase.clone());
    let sealing = move || seal_export(&passphrase, &chance, content.expose_secret().as_bytes());
    Ok(Exported {
        file: off_the_threads(sealing).await?,
        accounts,
        keys,
        seeds,
        unreadable: all - accounts,
    })
}

/// The account with its tokens; nothing when there is no token that opens.
fn exported_account(
    it: StoredAccount,
    refresh: &mut HashMap<AccountId, SecretString>,
) -> Option<ExportedAccount> {
    let shown = |secret: Option<SecretString>| secret.map(|it| it.expose_secret().to_owned());
    let access_token = shown(it.tokens.access);
    let refresh_token = shown(refresh.remove(&it.id));
    if access_token.is_none() && refresh_token.is_none() {
        return None;
    }
    Some(ExportedAccount {
        id: it.id.to_string(),
        identity: (!is_stand_in(it.identity))
            .then(|| uuid::Uuid::from_bytes(it.identity).to_string()),
        label: it.label,
        source: it.source,
        device_id: it.device_id.to_string(),
        workspace: it.workspace,
        base_url: it.base_url,
        plan: it.plan,
        egress: shown(it.egress),
        max_in_use: it.max_in_use,
        is_disabled: it.is_disabled,
        access_token,
        access_expires_at: it.tokens.access_expires_at,
        refresh_token,
        refresh_client: it.tokens.refresh_client,
    })
}

/// Making a key from a passphrase takes a while.
async fn off_the_threads(
    work: impl FnOnce() -> Result<Vec<u8>, ExportError> + Send + 'static,
) -> Result<Vec<u8>, ExportFailed> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|_| ExportFailed::Interrupted)??)
}
