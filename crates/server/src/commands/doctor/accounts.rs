//! The accounts: how many can be asked, and what to do about each that cannot.

use accounts::{AccountView, Health};

use super::{Beside, Finding, Grade};

pub(super) fn look(beside: &Beside) -> Vec<Finding> {
    let accounts = beside.services.pool.accounts();
    if accounts.is_empty() {
        return vec![none(beside)];
    }
    let good = accounts.iter().filter(|it| is_good(it)).count();
    let mut findings: Vec<Finding> = accounts
        .iter()
        .filter(|it| !is_good(it))
        .map(of_account)
        .collect();
    let of = accounts.len();
    findings.push(if good > 0 {
        Finding::good("accounts", format!("{good} of {of} can be asked"))
    } else {
        Finding::problem(
            "accounts",
            format!("none of {of} can be asked without more ado"),
            "do what is said about each of them",
        )
    });
    findings
}

fn none(beside: &Beside) -> Finding {
    let listed = &beside.settings.accounts.listed;
    if !secrecy::ExposeSecret::expose_secret(listed).is_empty() {
        return Finding::good(
            "accounts",
            "those of ACCOUNTS are taken in when FlowGPT starts",
        );
    }
    Finding::problem(
        "accounts",
        "there is none",
        "run `flowgpt account login`, or `flowgpt account import FILE`",
    )
}

fn is_good(it: &AccountView) -> bool {
    it.is_usable && !it.is_disabled && it.health == Health::Healthy
}

fn of_account(it: &AccountView) -> Finding {
    let what = format!("account {}", it.label);
    if it.is_disabled {
        let next = format!("`flowgpt account enable {}`", it.label);
        return Finding::warning(&what, "it is disabled", next);
    }
    let said = match &it.health {
        Health::Healthy => {
            "its AccessToken has expired or was rejected, and there is nothing to \
             renew it with"
        }
        health => health.reason().unwrap_or_default(),
    };
    let next = match &it.health {
        Health::Healthy => "sign in again: `flowgpt account login`, or add a new token".to_owned(),
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
    Finding {
        grade,
        ..Finding::warning(&what, said, next)
    }
}
