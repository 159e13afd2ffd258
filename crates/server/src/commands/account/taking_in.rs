//! Adding accounts from words, from standard input and from files.

use std::fs;
use std::io::Read;
use std::path::Path;

use accounts::{Mode, Source, Verdict, one_per_line};
use anyhow::{Context, bail};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::records::Outcome;

use super::Beside;
use crate::commands::shown;

pub(super) async fn add(beside: &Beside, tokens: Vec<String>, is_json: bool) -> anyhow::Result<()> {
    let text = if tokens == ["-"] {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        SecretString::from(text)
    } else {
        shown::aside(
            "note: what is on a command line stays in the shell's history; `flowgpt account add -` \
             reads from standard input",
        );
        one_per_line(&tokens.join("\n"))
    };
    take_in(beside, &text, Mode::Write, is_json).await
}

pub(super) async fn import(
    beside: &Beside,
    file: &Path,
    is_trial: bool,
    is_json: bool,
) -> anyhow::Result<()> {
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
    let mode = if is_trial { Mode::Trial } else { Mode::Write };
    take_in(beside, &SecretString::from(text), mode, is_json).await
}

/// Takes accounts in and shows a verdict for each line.
async fn take_in(
    beside: &Beside,
    text: &SecretString,
    mode: Mode,
    is_json: bool,
) -> anyhow::Result<()> {
    let pool = &beside.services.pool;
    let verdicts = pool.import(text, Source::CommandLine, mode).await?;
    if verdicts.is_empty() {
        bail!("there is no token in it; give one on each line");
    }
    if is_json {
        shown::json(&TakenIn(&verdicts).as_json());
    } else {
        TakenIn(&verdicts).show(mode);
    }
    let taken = verdicts.iter().filter(|it| it.result.is_ok()).count();
    if taken == 0 {
        bail!("no line is an account");
    }
    Ok(())
}

/// More lines than this are summed up, but for the rejected.
const LINES_SHOWN: usize = 50;

/// What came of a list.
pub(in crate::commands) struct TakenIn<'a>(pub(in crate::commands) &'a [Verdict]);

impl TakenIn<'_> {
    /// For people.
    pub(in crate::commands) fn show(&self, mode: Mode) {
        let is_short = self.0.len() <= LINES_SHOWN;
        for it in self.0 {
            let place = format!("line {} ({})", it.line, it.kind.replace('_', " "));
            match &it.result {
                Ok(taken) if is_short => shown::line(&format!("{place}: {}", word(taken.outcome))),
                Ok(_) => {}
                Err(reason) => shown::line(&format!("{place}: rejected: {reason}")),
            }
        }
        let outcomes = self.outcomes();
        shown::line(&summary(outcomes, mode));
    }

    /// For programs, with the names of the admin API.
    pub(in crate::commands) fn as_json(&self) -> Value {
        let [added, updated, restored, unchanged] = counts(self.outcomes());
        json!({
            "added": added,
            "updated": updated,
            "restored": restored,
            "unchanged": unchanged,
            "rejected": self.0.iter().filter(|it| it.result.is_err()).count(),
            "lines": self.0.iter().map(as_json).collect::<Vec<_>>(),
        })
    }

    /// What came of each line; nothing for one that was rejected.
    fn outcomes(&self) -> impl Iterator<Item = Option<Outcome>> {
        let taken = |it: &Verdict| it.result.as_ref().ok().map(|it| it.outcome);
        self.0.iter().map(taken)
    }
}

/// How many came to what, in a sentence; nothing stands for one that was rejected.
pub(in crate::commands) fn summary(
    outcomes: impl Iterator<Item = Option<Outcome>>,
    mode: Mode,
) -> String {
    let outcomes: Vec<_> = outcomes.collect();
    let rejected = outcomes.iter().filter(|it| it.is_none()).count();
    let [added, updated, restored, unchanged] = counts(outcomes.into_iter());
    let trial = match mode {
        Mode::Trial => " (nothing was written)",
        Mode::Write => "",
    };
    format!(
        "{added} added, {updated} updated, {restored} restored, {unchanged} unchanged, \
         {rejected} rejected{trial}"
    )
}

/// Added, updated, restored and unchanged.
fn counts(outcomes: impl Iterator<Item = Option<Outcome>>) -> [usize; 4] {
    let mut counts = [0; 4];
    for outcome in outcomes.flatten() {
        counts[match outcome {
            Outcome::Added => 0,
            Outcome::Updated => 1,
            Outcome::Restored => 2,
            Outcome::Unchanged => 3,
        }] += 1;
    }
    counts
}

fn as_json(verdict: &Verdict) -> Value {
    let (outcome, id, reason) = match &verdict.result {
        Ok(taken) => (word(taken.outcome), Some(taken.id.to_string()), None),
        Err(reason) => ("rejected", None, Some(reason.to_string())),
    };
    json!({
        "line": verdict.line,
        "kind": verdict.kind,
        "outcome": outcome,
        "account_id": id,
        "reason": reason,
    })
}

/// What was done, with the word of the admin API.
pub(in crate::commands) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "added",
        Outcome::Updated => "updated",
        Outcome::Restored => "restored",
        Outcome::Unchanged => "unchanged",
    }
}
