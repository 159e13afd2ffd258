//! `flowgpt export`, and `flowgpt import` of what it made: accounts, seeds and what keys may do,
//! for another database, in a file that is sealed with a passphrase.

use std::fs;
use std::path::{Path, PathBuf};

use accounts::{ImportedExport, Mode};
use anyhow::{Context, bail, ensure};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::account::summary;
use super::beside::{self, Beside};
use super::{import_folder, shown};
use crate::services::chance;

/// Shorter passphrases are guessed, by whoever has the file.
const MIN_CHARS: usize = 10;

/// What to take in.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A data folder with token.txt and the rest in it, or a file of `flowgpt export`.
    from: PathBuf,
    /// Only say what would come of it.
    #[arg(long)]
    dry_run: bool,
    /// The file that the passphrase of the export is in; it is asked for otherwise.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Print JSON for programs.
    #[arg(long)]
    json: bool,
}

/// Writes an export.
pub(crate) fn export(file: &Path, passphrase: Option<&Path>) -> anyhow::Result<()> {
    let passphrase = match passphrase {
        Some(file) => from_file(file)?,
        None => asked_twice()?,
    };
    let length = passphrase.expose_secret().chars().count();
    ensure!(
        length >= MIN_CHARS,
        "whoever has the file can try passphrases; take one of at least {MIN_CHARS} characters"
    );
    beside::with(async |beside| {
        let chance = chance().bytes()?;
        let made = accounts::export(&beside.services.database, &passphrase, chance).await?;
        store::write_private_file(file, &made.file)?;
        shown::line(&format!(
            "{} accounts, {} keys without their secrets and {} seeds are in {}",
            made.accounts,
            made.keys,
            made.seeds,
            file.display()
        ));
        if made.unreadable > 0 {
            shown::line(&format!(
                "{} accounts were left out: none of their tokens can be read",
                made.unreadable
            ));
        }
        shown::aside(
            "note: a RefreshToken is often good for one use; after the import let only one of the \
             two installations use these accounts",
        );
        Ok(())
    })
}

/// Takes in a folder or an export.
pub(crate) fn import(asked: &Import) -> anyhow::Result<()> {
    let mode = if asked.dry_run {
        Mode::Trial
    } else {
        Mode::Write
    };
    if asked.from.is_dir() {
        return import_folder::run(&asked.from, mode, asked.json);
    }
    let name = asked.from.display();
    let file = fs::read(&asked.from).with_context(|| format!("{name} cannot be read"))?;
    if !store::is_export(&file) {
        bail!(
            "{name} is neither a data folder nor an export; `flowgpt account import` takes a list \
             of tokens"
        );
    }
    let passphrase = match &asked.passphrase_file {
        Some(file) => from_file(file)?,
        None => prompt("Passphrase of the export: ")?,
    };
    beside::with(async |beside| take_in(beside, file, passphrase, mode, asked.json).await)
}

async fn take_in(
    beside: &Beside,
    file: Vec<u8>,
    passphrase: SecretString,
    mode: Mode,
    is_json: bool,
) -> anyhow::Result<()> {
    let services = &beside.services;
    let target = (&services.pool, &*services.keys, &*services.seeds);
    let done = accounts::import_export(target, file, passphrase, mode, &chance()).await?;
    if is_json {
        shown::json(&as_json(&done));
        return Ok(());
    }
    let outcomes = done.accounts.iter().map(|it| Some(it.outcome));
    shown::line(&format!("accounts: {}", summary(outcomes, mode)));
    shown::line(&format!(
        "seeds: {} bound, {} there already, {} without an account",
        done.new_seeds, done.known_seeds, done.lost_seeds
    ));
    shown::line(&format!(
        "keys: {} made anew, {} of a name that was there already",
        done.new_keys, done.known_keys
    ));
    for key in &done.keys {
        let secret = key.secret.expose_secret();
        shown::line(&format!("  {}  {secret}", key.view.name));
    }
    if !done.keys.is_empty() {
        shown::aside("This is the only time the keys are shown.");
    }
    Ok(())
}

fn as_json(done: &ImportedExport) -> Value {
    let accounts = done.accounts.iter().map(|it| {
        json!({
            "label": it.label,
            "account_id": it.id.to_string(),
            "outcome": super::account::word(it.outcome),
        })
    });
    let keys = done.keys.iter().map(|it| {
        json!({
            "id": it.view.id.to_string(),
            "name": it.view.name,
            "key": it.secret.expose_secret(),
        })
    });
    json!({
        "accounts": accounts.collect::<Vec<_>>(),
        "seeds": {
            "bound": done.new_seeds, "known": done.known_seeds, "lost": done.lost_seeds,
        },
        "keys": {
            "new": done.new_keys, "known": done.known_keys, "made": keys.collect::<Vec<_>>(),
        },
    })
}

fn asked_twice() -> anyhow::Result<SecretString> {
    let first = prompt("Passphrase for the export: ")?;
    let second = prompt("The same again: ")?;
    ensure!(
        first.expose_secret() == second.expose_secret(),
        "the two passphrases differ; nothing was written"
    );
    Ok(first)
}

/// Asks on the terminal, and shows nothing of the answer.
pub(super) fn prompt(question: &str) -> anyhow::Result<SecretString> {
    let answer = rpassword::prompt_password(question);
    let answer = answer.context("there is no terminal to ask on; name a file instead")?;
    Ok(SecretString::from(answer))
}

/// The first line of a file.
pub(super) fn from_file(file: &Path) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(SecretString::from(text.lines().next().unwrap_or_default()))
}
