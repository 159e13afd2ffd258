//! `flowgpt doctor`: looks at everything an operator can get wrong, and says what to do.

mod accounts;
mod doors;
mod egresses;
mod machine;
mod storage;

use std::path::Path;

use anyhow::bail;
use serde_json::{Value, json};
use upstream::Clock;

use super::beside::{self, Beside};
use super::running::now;
use super::shown;
use crate::settings::{LogFormat, Settings, Values};
use crate::telemetry;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Good,
    Warning,
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
struct Finding {
    what: String,
    grade: Grade,
    said: String,
    /// What to do.
    next: Option<String>,
}

impl Finding {
    fn good(what: &str, said: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            grade: Grade::Good,
            said: said.into(),
            next: None,
        }
    }

    fn warning(what: &str, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            grade: Grade::Warning,
            next: Some(next.into()),
            ..Self::good(what, said)
        }
    }

    fn problem(what: &str, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            grade: Grade::Problem,
            next: Some(next.into()),
            ..Self::good(what, said)
        }
    }
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// Looks at everything; fails if there is a problem.
pub(crate) fn run(is_json: bool) -> anyhow::Result<()> {
    // What goes wrong is a finding, and is said once.
    telemetry::start("off", LogFormat::Text)?;
    let findings = findings()?;
    let count = |grade| findings.iter().filter(|it| it.grade == grade).count();
    let (problems, warnings) = (count(Grade::Problem), count(Grade::Warning));
    if is_json {
        let findings: Vec<Value> = findings.iter().map(as_json).collect();
        shown::json(&json!({
            "problems": problems, "warnings": warnings, "findings": findings,
        }));
    } else {
        findings.iter().for_each(show);
    }
    match problems {
        0 => Ok(()),
        1 => bail!("there is 1 problem"),
        several => bail!("there are {several} problems"),
    }
}

fn findings() -> anyhow::Result<Vec<Finding>> {
    let values = Values::from_environment(Path::new("."));
    let warnings = values.warnings().iter();
    let mut findings: Vec<Finding> = warnings
        .map(|it| Finding::warning("settings", it, "see docs/settings.md"))
        .collect();
    findings.extend(machine::look());
    match Settings::read(&values) {
        Ok(settings) => {
            findings.push(Finding::good("settings", "all are valid"));
            findings.extend(beside::run(of_program(settings))?);
        }
        Err(problems) => {
            let next = "mend the setting, then run this again";
            let problems = problems.iter();
            findings.extend(problems.map(|it| Finding::problem("settings", it, next)));
        }
    }
    Ok(findings)
}

/// What stands behind valid settings.
async fn of_program(settings: Settings) -> anyhow::Result<Vec<Finding>> {
    let clock = Clock::new(now);
    let mut findings = storage::of_folder(&settings);
    let reached = egresses::look(&settings, &clock);
    let (reached, opened) = tokio::join!(reached, Beside::open(settings.clone()));
    findings.extend(reached);
    match opened {
        Ok(beside) => {
            findings.extend(storage::of_database(&beside).await);
            findings.extend(doors::look(&beside).await);
            findings.extend(accounts::look(&beside));
            beside.close().await;
        }
        Err(error) => findings.push(Finding::problem(
            "database",
            format!("{error:#}"),
            "put that right first; nothing is served without it",
        )),
    }
    Ok(findings)
}

fn show(it: &Finding) {
    let next = it.next.as_ref().map(|next| format!(" → {next}"));
    let next = next.unwrap_or_default();
    shown::line(&format!(
        "{:7}  {}: {}{next}",
        it.grade.word(),
        it.what,
        it.said
    ));
}

fn as_json(it: &Finding) -> Value {
    json!({"what": it.what, "grade": it.grade.word(), "said": it.said, "next": it.next})
}
