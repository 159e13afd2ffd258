//! Seeds of an old folder: bound to the accounts of their tokens, with their conversations.

use std::collections::HashMap;

use accounts::{Mode, Verdict};
use secrecy::SecretString;
use store::records::AccountId;

use super::old_files::{OldFolder, OldSeed};
use crate::commands::beside::Beside;
use crate::commands::shown::Progress;

/// What came of the seeds.
#[derive(Debug, Default)]
pub(super) struct TakenSeeds {
    /// They are bound now, or would be.
    pub(super) bound: usize,
    /// They were there, bound to whatever account: that may have been an operator.
    pub(super) known: usize,
    /// Their tokens are no accounts.
    pub(super) lost: usize,
    /// Conversations that are known to be theirs.
    pub(super) conversations: usize,
}

/// Takes all that are in the folder; what goes wrong is one of its problems.
pub(super) async fn take(
    beside: &Beside,
    old: &mut OldFolder,
    verdicts: &[Verdict],
    mode: Mode,
) -> anyhow::Result<TakenSeeds> {
    let taken = verdicts.iter().filter_map(|it| {
        let taken = it.result.as_ref().ok()?;
        Some((it.line, taken.id))
    });
    let accounts: HashMap<usize, AccountId> = taken.collect();
    let mut seeds = TakenSeeds::default();
    let mut problems = Vec::new();
    let progress = Progress::new(old.seeds.len());
    for seed in &old.seeds {
        progress.step();
        let line = old.line_of(&seed.token);
        let Some(account) = line.and_then(|line| accounts.get(&line)) else {
            seeds.lost += 1;
            continue;
        };
        if let Err(error) = take_one(beside, seed, *account, mode, &mut seeds).await {
            problems.push(format!("a seed was not taken: {error}"));
        }
    }
    old.problems.extend(problems);
    Ok(seeds)
}

async fn take_one(
    beside: &Beside,
    seed: &OldSeed,
    account: AccountId,
    mode: Mode,
    taken: &mut TakenSeeds,
) -> anyhow::Result<()> {
    let word = SecretString::from(seed.word.as_str());
    let (seeds, now) = (&beside.services.seeds, beside.now());
    let is_known = seeds.get(&word).await?.is_some();
    if mode == Mode::Write {
        if !is_known {
            seeds.bind(&word, Some(account), now).await?;
        }
        seeds.owns(&word, account, &seed.conversations, now).await?;
    }
    taken.conversations += seed.conversations.len();
    if is_known {
        taken.known += 1;
    } else {
        taken.bound += 1;
    }
    Ok(())
}
