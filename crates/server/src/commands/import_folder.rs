//! `flowgpt import DIR`: the data folder of the Python FlowGPT or of chat2api.
//!
//! Reads what is there, says what was taken and what was not and why, and changes nothing the
//! second time. Damaged files are named, and the rest goes on.

mod old_files;
mod old_seeds;
mod old_settings;

use std::path::Path;

use accounts::{Mode, Source, Verdict};
use anyhow::bail;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::account::{TakenIn, summary};
use super::beside::{self, Beside};
use super::shown;
use old_files::OldFolder;
use old_seeds::TakenSeeds;
use old_settings::OldSettings;

/// Imports a folder.
pub(crate) fn run(folder: &Path, mode: Mode, is_json: bool) -> anyhow::Result<()> {
    beside::with(async |beside| import(beside, folder, mode, is_json).await)
}

async fn import(beside: &Beside, folder: &Path, mode: Mode, is_json: bool) -> anyhow::Result<()> {
    let now = beside.clock.since_epoch().as_secs();
    let mut old = OldFolder::read(folder, now);
    let text = SecretString::from(old.text());
    let pool = &beside.services.pool;
    let verdicts = pool.import(&text, Source::Folder, mode).await?;
    let seeds = old_seeds::take(beside, &mut old, &verdicts, mode).await?;
    let settings = OldSettings::beside(folder);
    if is_json {
        shown::json(&as_json(&old, &verdicts, &seeds, settings.as_ref()));
    } else {
        show(&old, &verdicts, &seeds, mode);
        OldSettings::show(settings.as_ref());
    }
    match old.problems.len() {
        0 => Ok(()),
        count => bail!("{count} things were not read or not taken; the rest was"),
    }
}

fn show(old: &OldFolder, verdicts: &[Verdict], seeds: &TakenSeeds, mode: Mode) {
    for problem in &old.problems {
        shown::line(&format!("problem: {problem}"));
    }
    for verdict in verdicts {
        if let Err(reason) = &verdict.result {
            let place = old.place(verdict.line);
            shown::line(&format!("rejected: {place}: {reason}"));
        }
    }
    let outcomes = verdicts.iter().map(|it| it.result.as_ref().ok());
    let outcomes = outcomes.map(|it| it.map(|it| it.outcome));
    shown::line(&format!("accounts: {}", summary(outcomes, mode)));
    shown::line(&format!(
        "seeds: {} bound, {} there already, {} without an account; {} conversations of theirs",
        seeds.bound, seeds.known, seeds.lost, seeds.conversations
    ));
    for dropped in &old.dropped {
        shown::line(&format!("not taken: {dropped}"));
    }
}

fn as_json(
    old: &OldFolder,
    verdicts: &[Verdict],
    seeds: &TakenSeeds,
    settings: Option<&OldSettings>,
) -> Value {
    let mut accounts = TakenIn(verdicts).as_json();
    if let Some(lines) = accounts["lines"].as_array_mut() {
        for (line, verdict) in lines.iter_mut().zip(verdicts) {
            line["place"] = old.place(verdict.line).into();
        }
    }
    json!({
        "accounts": accounts,
        "seeds": {
            "bound": seeds.bound,
            "known": seeds.known,
            "lost": seeds.lost,
            "conversations": seeds.conversations,
        },
        "not_taken": old.dropped,
        "problems": old.problems,
        "settings": settings.map(OldSettings::as_json),
    })
}
