//! `flowgpt doctor`: looks at everything an operator can get wrong, and says what to do.

mod egresses;

use std::path::Path;

use accounts::Health;
use anyhow::bail;
use serde_json::{Value, json};

use super::beside::{self, Beside};
use super::shown;
use crate::settings::{Settings, Values};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    Good,
    Warning,
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) grade: Grade,
    pub(super) said: String,
    /// What to do.
    pub(super) next: Option<String>,
}

impl Finding {
    pub(super) fn good(what: &str, said: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            grade: Grade::Good,
            said: said.into(),
            next: None,
        }
    }

    pub(super) fn bad(
        grade: Grade,
        what: &str,
        said: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            what: what.to_owned(),
            grade,
            said: said.into(),
            next: Some(next.into()),
        }
    }
}

/// Looks at everything; fails if there is a problem.
pub(crate) fn run(is_json: bool) -> anyhow::Result<()> {
    let values = Values::from_environment(Path::new("."));
    let mut findings: Vec<Finding> = values
        .warnings()
        .iter()
        .map(|it| Finding::bad(Grade::Warning, "settings", it, "see docs/settings.md"))
        .collect();
    match Settings::read(&values) {
        Err(problems) => {
            for problem in problems.iter() {
                let next = "mend the setting, then run this again";
                findings.push(Finding::bad(Grade::Problem, "settings", problem, next));
            }
        }
        Ok(settings) => {
            findings.push(Finding::good("settings", "all are valid"));
            findings.extend(of_settings(&settings));
            match beside::with(async |beside| Ok(of_storage(beside).await)) {
                Ok(more) => findings.extend(more),
                Err(error) => {
                    let next = "put that right first; nothing is served without it";
                    let said = format!("{error:#}");
                    findings.push(Finding::bad(Grade::Problem, "storage", said, next));
                }
            }
        }
    }
    show(&findings, is_json);
    let problems = findings
        .iter()
        .filter(|it| it.grade == Grade::Problem)
        .count();
    if problems > 0 {
        bail!("{problems} problems were found");
    }
    Ok(())
}

fn of_settings(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let accounts = &settings.accounts;
    if accounts.is_seed_open {
        findings.push(Finding::bad(
            Grade::Warning,
            "seeds",
            "SEED_OPEN is true: whoever reaches the gateway uses an account",
            "take it out, and make seeds with `flowgpt seed add`",
        ));
    }
    if accounts.admin_by_prefix {
        findings.push(Finding::bad(
            Grade::Warning,
            "admin",
            "ADMIN_BY_PREFIX is true: whoever calls the API is an admin",
            "take it out, and set ADMIN_PASSWORD",
        ));
    }
    if settings.host.is_loopback() {
        findings.push(Finding::good("listening", "on this machine only"));
    } else {
        findings.push(Finding::bad(
            Grade::Warning,
            "listening",
            "on a network, and in plain HTTP",
            "put a TLS proxy in front",
        ));
    }
    findings
}

async fn of_storage(beside: &Beside) -> Vec<Finding> {
    let database = &beside.services.database;
    let mut findings = vec![Finding::good(
        "database",
        format!("{} opens, and the master key fits", database.kind()),
    )];
    if let Err(error) = database.probe().await {
        let next = "make room, or let FlowGPT write there";
        findings.push(Finding::bad(
            Grade::Problem,
            "database",
            error.to_string(),
            next,
        ));
    }
    findings.extend(egresses::look(&beside.settings, &beside.clock).await);
    findings.extend(of_keys(beside).await);
    findings.extend(of_accounts(beside));
    findings
}

async fn of_keys(beside: &Beside) -> Vec<Finding> {
    let managed = beside.services.keys.list().await.map_or(0, |it| it.len());
    let fixed = beside.settings.accounts.gateway_keys.len();
    if managed + fixed == 0 {
        return vec![Finding::bad(
            Grade::Warning,
            "keys",
            "there is no gateway key",
            "set AUTHORIZATION, or run `flowgpt key create NAME`",
        )];
    }
    vec![Finding::good(
        "keys",
        format!("{fixed} in AUTHORIZATION, {managed} managed"),
    )]
}

fn of_accounts(beside: &Beside) -> Vec<Finding> {
    let accounts = beside.services.pool.accounts();
    if accounts.is_empty() {
        return vec![Finding::bad(
            Grade::Problem,
            "accounts",
            "there is none",
            "run `flowgpt account login`, or `flowgpt account import FILE`",
        )];
    }
    let mut findings = Vec::new();
    for it in &accounts {
        let what = format!("account {}", it.label);
        let said = it.health.reason().unwrap_or("it can be asked").to_owned();
        let next = match &it.health {
            _ if it.is_disabled => {
                let next = format!("`flowgpt account enable {}`", it.label);
                findings.push(Finding::bad(Grade::Warning, &what, "it is disabled", next));
                continue;
            }
            Health::Healthy if it.is_usable => {
                findings.push(Finding::good(&what, said));
                continue;
            }
            Health::Healthy => "its AccessToken has ended; add a new one".to_owned(),
            Health::NeedsSignIn(_) => "`flowgpt account login`, or add a new token".to_owned(),
            Health::NeedsAttention(_) => "open chatgpt.com with this account".to_owned(),
            Health::Deactivated => format!("`flowgpt account remove {}`", it.label),
            Health::Locked => "restore a backup, or sign the account in again".to_owned(),
        };
        let grade = if it.is_usable {
            Grade::Warning
        } else {
            Grade::Problem
        };
        findings.push(Finding::bad(grade, &what, said, next));
    }
    findings
}

fn show(findings: &[Finding], is_json: bool) {
    let word = |grade| match grade {
        Grade::Good => "ok",
        Grade::Warning => "warning",
        Grade::Problem => "problem",
    };
    if is_json {
        let findings = findings.iter().map(|it| {
            json!({"what": it.what, "grade": word(it.grade), "said": it.said, "next": it.next})
        });
        shown::json(&findings.collect::<Value>());
        return;
    }
    for it in findings {
        shown::line(&format!("{:7}  {}: {}", word(it.grade), it.what, it.said));
        if let Some(next) = &it.next {
            shown::line(&format!("         → {next}"));
        }
    }
}
