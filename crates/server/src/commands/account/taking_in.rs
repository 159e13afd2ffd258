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
    take_in(beside, &text, Source::CommandLine, Mode::Write, is_json).await
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
    let text = SecretString::from(text);
    take_in(beside, &text, Source::CommandLine, mode, is_json).await
}

/// Takes accounts in and shows a verdict for each line.
async fn take_in(
    beside: &Beside,
    text: &SecretString,
    source: Source,
    mode: Mode,
    is_json: bool,
) -> anyhow::Result<()> {
    let verdicts = beside.services.pool.import(text, source, mode).await?;
    if verdicts.is_empty() {
        bail!("You entered a null value");
    }
    if is_json {
        shown::json(&verdicts.iter().map(as_json).collect());
    } else {
        show(&verdicts, mode);
    }
    if verdicts.iter().all(|it| it.result.is_err()) {
        bail!("no line is an account");
    }
    Ok(())
}

/// More lines than this are summed up, but for the rejected.
const LINES_SHOWN: usize = 50;

/// Shows verdicts to people.
pub(in crate::commands) fn show(verdicts: &[Verdict], mode: Mode) {
    let is_short = verdicts.len() <= LINES_SHOWN;
    for it in verdicts {
        let place = format!("line {} ({})", it.line, it.kind.replace('_', " "));
        match &it.result {
            Ok(taken) if is_short => shown::line(&format!("{place}: {}", word(taken.outcome))),
            Ok(_) => {}
            Err(reason) => shown::line(&format!("{place}: rejected: {reason}")),
        }
    }
    let count = |outcome| {
        let taken = verdicts.iter().filter_map(|it| it.result.as_ref().ok());
        taken.filter(|it| it.outcome == outcome).count()
    };
    let trial = if mode == Mode::Trial {
        " (nothing was written)"
    } else {
        ""
    };
    shown::line(&format!(
        "{} added, {} updated, {} restored, {} unchanged, {} rejected{trial}",
        count(Outcome::Added),
        count(Outcome::Updated),
        count(Outcome::Restored),
        count(Outcome::Unchanged),
        verdicts.iter().filter(|it| it.result.is_err()).count(),
    ));
}

/// One verdict, with the names of the admin API.
pub(in crate::commands) fn as_json(verdict: &Verdict) -> Value {
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

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "added",
        Outcome::Updated => "updated",
        Outcome::Restored => "restored",
        Outcome::Unchanged => "unchanged",
    }
}
