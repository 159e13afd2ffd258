//! `flowgpt import`: the data folder of the Python FlowGPT or of chat2api.
//!
//! Reads what is there, says what was taken and what was not and why, and changes nothing the
//! second time. Damaged files are named, and the rest goes on.

mod old_files;

use std::fs;
use std::path::Path;

use accounts::{Mode, Source};
use anyhow::bail;
use secrecy::SecretString;

use super::account::show_verdicts;
use super::beside::{self, Beside};
use super::shown;
use crate::settings::Values;
use old_files::{OldFolder, OldSeed};

/// Imports a folder.
pub(crate) fn run(folder: &Path, is_trial: bool) -> anyhow::Result<()> {
    if !folder.is_dir() {
        bail!("{} is not a folder", folder.display());
    }
    beside::with(async |beside| import(beside, folder, is_trial).await)
}

async fn import(beside: &Beside, folder: &Path, is_trial: bool) -> anyhow::Result<()> {
    let old = OldFolder::read(folder);
    for problem in &old.problems {
        shown::line(&format!("problem: {problem}"));
    }
    let mode = if is_trial { Mode::Trial } else { Mode::Write };
    shown::line(&format!("tokens: {} found", old.tokens.len()));
    let text = SecretString::from(old.tokens.join("\n"));
    let verdicts = beside
        .services
        .pool
        .import(&text, Source::Folder, mode)
        .await?;
    show_verdicts(&verdicts, mode);
    let seeds = take_seeds(beside, &old.seeds, is_trial).await?;
    shown::line(&format!("seeds: {} found, {seeds} bound", old.seeds.len()));
    for dropped in &old.dropped {
        shown::line(&format!("not taken: {dropped}"));
    }
    settings(folder);
    Ok(())
}

/// Binds seeds to the accounts of their tokens, and notes whose their conversations are.
async fn take_seeds(beside: &Beside, seeds: &[OldSeed], is_trial: bool) -> anyhow::Result<usize> {
    let mut bound = 0;
    for seed in seeds {
        let (line, mode) = (SecretString::from(seed.token.as_str()), Mode::Trial);
        let verdicts = beside
            .services
            .pool
            .import(&line, Source::Folder, mode)
            .await?;
        let taken = verdicts.first().and_then(|it| it.result.as_ref().ok());
        let Some(taken) = taken.filter(|it| beside.services.pool.account(it.id).is_some()) else {
            if !is_trial {
                shown::line("not taken: a seed whose token is no account");
            }
            continue;
        };
        bound += 1;
        if is_trial {
            continue;
        }
        let word = SecretString::from(seed.name.as_str());
        let services = &beside.services;
        services
            .seeds
            .bind(&word, Some(taken.id), beside.now())
            .await?;
        let owned = services
            .seeds
            .owns(&word, taken.id, &seed.conversations, beside.now())
            .await;
        if let Err(error) = owned {
            shown::line(&format!(
                "problem: a seed's conversations were not noted: {error}"
            ));
        }
    }
    Ok(bound)
}

/// What becomes of the old settings.
fn settings(folder: &Path) {
    let beside = folder.parent().map(|it| it.join(".env"));
    let found = [Some(folder.join(".env")), beside];
    let Some(file) = found.into_iter().flatten().find(|it| it.is_file()) else {
        shown::line("settings: no .env beside the folder; see docs/settings.md");
        return;
    };
    if fs::read(&file).is_err() {
        shown::line(&format!("problem: {} cannot be read", file.display()));
        return;
    }
    let at = file.parent().unwrap_or(folder);
    let values = Values::from_environment(at);
    shown::line(&format!(
        "settings: {} stays as it is; start FlowGPT in its folder",
        file.display()
    ));
    for warning in values.warnings() {
        shown::line(&format!("  {warning}"));
    }
}
