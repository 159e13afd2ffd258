//! Taking an export in: what is there already stays as it is, so the second time changes nothing.

use std::collections::{HashMap, HashSet};

use secrecy::SecretString;
use store::records::{AccountId, AccountPatch, NewAccount, NewTokens, Outcome};
use store::{Chance, Database, DatabaseError, open_export};
use upstream::identity_of;
use uuid::Uuid;

use super::document::{Document, ExportedAccount, ExportedKey, ExportedSeed, VERSION};
use super::{ExportFailed, off_the_threads};
use crate::identity::stand_in;
use crate::import::{Mode, Source};
use crate::keys::{GatewayKeys, MadeKey, NewManagedKey};
use crate::pool::Pool;
use crate::seeds::Seeds;

/// What came of an export.
#[derive(Debug, Default)]
pub struct ImportedExport {
    /// Each account.
    pub accounts: Vec<ImportedAccount>,
    /// Keys that were made, with new secrets that are shown once.
    pub keys: Vec<MadeKey>,
    /// Keys that would be made, in a trial.
    pub new_keys: usize,
    /// Keys whose names were there already.
    pub known_keys: usize,
    /// Seeds that were bound, or would be.
    pub new_seeds: usize,
    /// Seeds that were there already, bound to whatever account.
    pub known_seeds: usize,
    /// Seeds whose account is not in the export.
    pub lost_seeds: usize,
}

/// What came of one account.
#[derive(Debug, Clone)]
pub struct ImportedAccount {
    /// Its label in the export.
    pub label: String,
    /// The account here; in a trial of a new one, an id that will not be used.
    pub id: AccountId,
    /// What was done.
    pub outcome: Outcome,
}

/// Where an export goes.
struct Target<'a> {
    pool: &'a Pool,
    keys: &'a GatewayKeys,
    seeds: &'a Seeds,
    mode: Mode,
    now: i64,
}

/// Opens an export and takes in what is in it.
pub async fn import_export(
    (pool, keys, seeds): (&Pool, &GatewayKeys, &Seeds),
    file: Vec<u8>,
    passphrase: SecretString,
    mode: Mode,
    chance: &Chance,
) -> Result<ImportedExport, ExportFailed> {
    let content = off_the_threads(move || open_export(&passphrase, &file)).await?;
    let document: Document =
        serde_json::from_slice(&content).map_err(|_| ExportFailed::NotUnderstood)?;
    if document.version != VERSION {
        return Err(ExportFailed::NotUnderstood);
    }
    let target = Target {
        pool,
        keys,
        seeds,
        mode,
        now: pool.shared().now_signed(),
    };
    let mut done = ImportedExport::default();
    let ids = target.accounts(document.accounts, &mut done).await?;
    target.seeds(document.seeds, &ids, &mut done).await?;
    target.keys(document.keys, &ids, chance, &mut done).await?;
    Ok(done)
}

/// What accounts are called here, by what the export calls them.
type Ids = HashMap<String, AccountId>;

impl Target<'_> {
    async fn accounts(
        &self,
        exported: Vec<ExportedAccount>,
        done: &mut ImportedExport,
    ) -> Result<Ids, ExportFailed> {
        let database = &self.pool.shared().database;
        let mut entries = Vec::with_capacity(exported.len());
        let mut rest = Vec::with_capacity(exported.len());
        for it in exported {
            let patch = AccountPatch {
                is_disabled: it.is_disabled.then_some(true),
                max_in_use: it.max_in_use.map(Some),
                egress: it.egress.clone().map(|it| Some(it.into())),
                ..AccountPatch::default()
            };
            rest.push((it.id.clone(), it.label.clone(), patch));
            entries.push(new_account(database, it).ok_or(ExportFailed::NotUnderstood)?);
        }
        let imported = match self.mode {
            _ if entries.is_empty() => Vec::new(),
            Mode::Write => database.import_accounts(entries, self.now).await?,
            Mode::Trial => database.try_import(entries, self.now).await?,
        };
        let mut ids = Ids::with_capacity(rest.len());
        for ((theirs, label, patch), ours) in rest.into_iter().zip(imported) {
            let is_new = ours.outcome == Outcome::Added && self.mode == Mode::Write;
            let is_plain = !patch.is_disabled.unwrap_or_default()
                && patch.max_in_use.is_none()
                && patch.egress.is_none();
            // What the operator has set up here since stays.
            if is_new && !is_plain {
                database.change_account(ours.id, patch).await?;
            }
            ids.insert(theirs, ours.id);
            done.accounts.push(ImportedAccount {
                label,
                id: ours.id,
                outcome: ours.outcome,
            });
        }
        if self.mode == Mode::Write {
            self.pool.reload().await?;
        }
        Ok(ids)
    }

    async fn seeds(
        &self,
        exported: Vec<ExportedSeed>,
        ids: &Ids,
        done: &mut ImportedExport,
    ) -> Result<(), ExportFailed> {
        for it in exported {
            let Some(account) = ids.get(&it.account_id) else {
                done.lost_seeds += 1;
                continue;
            };
            let word = SecretString::from(it.seed);
            if self.seeds.get(&word).await?.is_some() {
                done.known_seeds += 1;
                continue;
            }
            done.new_seeds += 1;
            if self.mode == Mode::Write {
                self.seeds.bind(&word, Some(*account), self.now).await?;
            }
        }
        Ok(())
    }

    async fn keys(
        &self,
        exported: Vec<ExportedKey>,
        ids: &Ids,
        chance: &Chance,
        done: &mut ImportedExport,
    ) -> Result<(), ExportFailed> {
        let known: HashSet<String> = self
            .keys
            .list()
            .await?
            .into_iter()
            .map(|it| it.name)
            .collect();
        for mut it in exported {
            if known.contains(&it.name) {
                done.known_keys += 1;
                continue;
            }
            done.new_keys += 1;
            if self.mode == Mode::Trial {
                continue;
            }
            for account in &mut it.policy.accounts {
                if let Some(id) = ids.get(account) {
                    *account = id.to_string();
                }
            }
            let chance = chance.bytes();
            let chance = chance.map_err(|error| DatabaseError::Other(error.to_string()))?;
            let new = NewManagedKey {
                name: it.name,
                policy: it.policy,
                expires_at: it.expires_at,
            };
            let made = self.keys.create(new, &chance, self.now).await?;
            if it.is_disabled {
                let keys = self.keys;
                keys.change(made.view.id, None, None, Some(true), None)
                    .await?;
            }
            done.keys.push(made);
        }
        Ok(())
    }
}

/// Where it comes from, for this installation: what `ACCOUNTS` held there is not in this one's,
/// and would be removed with it.
fn source(exported: String) -> String {
    if exported == Source::Settings.word() {
        return Source::CommandLine.word().to_owned();
    }
    exported
}

/// The account as it may be new here.
fn new_account(database: &Database, it: ExportedAccount) -> Option<NewAccount> {
    let access = it.access_token.map(SecretString::from);
    let refresh = it.refresh_token.map(SecretString::from);
    let identity = match (it.identity, &access, &refresh) {
        (Some(known), ..) => Uuid::parse_str(&known).ok()?.into_bytes(),
        (None, Some(access), _) => identity_of(access, it.workspace.as_deref()),
        (None, None, Some(refresh)) => stand_in(database.keyed_digest("unidentified", refresh)),
        (None, None, None) => return None,
    };
    Some(NewAccount {
        identity,
        label: it.label,
        source: source(it.source),
        device_id: Uuid::parse_str(&it.device_id).ok()?,
        workspace: it.workspace,
        base_url: it.base_url,
        plan: it.plan,
        tokens: NewTokens {
            access,
            access_expires_at: it.access_expires_at,
            refresh,
            refresh_client: it.refresh_client,
        },
    })
}
