//! `flowgpt account refresh` and `check`: what ChatGPT and its sign-in service say of accounts.

use accounts::{AccountView, Checked, RenewRefused};
use anyhow::bail;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};

use super::listing::usage;
use super::{Beside, chosen};
use crate::commands::shown::{self, Progress};

/// So many accounts are asked about at once; more would be a herd on one egress.
const AT_ONCE: usize = 4;

pub(super) async fn refresh(
    beside: &Beside,
    names: &[String],
    all: bool,
    is_json: bool,
) -> anyhow::Result<()> {
    let pool = &beside.services.pool;
    let accounts = if all {
        let accounts = pool.accounts().into_iter();
        accounts
            .filter(|it| it.can_refresh && !it.is_disabled)
            .collect()
    } else {
        chosen(beside, names)?
    };
    let renew = async |account: &AccountView| {
        let renewed = pool.renew_now(account.id).await;
        renewed.map(|()| "renewed".to_owned())
    };
    ask(&accounts, renew, is_json, "renewed").await
}

pub(super) async fn check(beside: &Beside, names: &[String], is_json: bool) -> anyhow::Result<()> {
    let pool = &beside.services.pool;
    let accounts = if names.is_empty() {
        let accounts = pool.accounts().into_iter();
        accounts.filter(|it| !it.is_disabled).collect()
    } else {
        chosen(beside, names)?
    };
    let (skipped, accounts): (Vec<_>, Vec<_>) =
        accounts.into_iter().partition(AccountView::is_anonymous);
    for account in skipped {
        shown::aside(&format!(
            "{}: skipped: nobody has signed in to it, so there is nothing to check",
            account.label
        ));
    }
    let check = async |account: &AccountView| pool.check(account.id).await.map(|it| said(&it));
    ask(&accounts, check, is_json, "checked").await
}

fn said(checked: &Checked) -> String {
    let plan = checked.plan.as_deref().unwrap_or("no plan");
    if checked.is_deactivated {
        return format!("{plan}, deactivated");
    }
    let used = checked.windows.iter().map(usage);
    let told: Vec<String> = std::iter::once(plan.to_owned()).chain(used).collect();
    told.join(", ")
}

/// Asks about each account, and shows what came of it in the order of the list.
async fn ask(
    accounts: &[AccountView],
    question: impl AsyncFn(&AccountView) -> Result<String, RenewRefused>,
    is_json: bool,
    done: &str,
) -> anyhow::Result<()> {
    let progress = Progress::new(accounts.len());
    let asked = accounts.iter().map(|account| {
        let (question, progress) = (&question, &progress);
        async move {
            let answer = question(account).await;
            progress.step();
            (account, answer)
        }
    });
    let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    drop(progress);
    if is_json {
        let all: Vec<Value> = answers
            .iter()
            .map(|(account, answer)| {
                json!({
                    "id": account.id.to_string(),
                    "label": account.label,
                    "is_done": answer.is_ok(),
                    "answer": answer.as_ref().ok(),
                    "reason": answer.as_ref().err().map(ToString::to_string),
                })
            })
            .collect();
        shown::json(&json!({"accounts": all}));
    } else {
        for (account, answer) in &answers {
            match answer {
                Ok(answer) => shown::line(&format!("{}: {answer}", account.label)),
                Err(error) => shown::line(&format!("{}: failed: {error}", account.label)),
            }
        }
    }
    let failed = answers.iter().filter(|(_, it)| it.is_err()).count();
    if failed > 0 {
        bail!("{failed} of {} accounts were not {done}", answers.len());
    }
    Ok(())
}
