//! `flowgpt account`: adding, listing, renewing and removing accounts.

mod login;
mod taking_in;

pub(super) use taking_in::show as show_verdicts;

use std::path::PathBuf;

use accounts::AccountView;
use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use store::records::AccountPatch;

use super::beside::{self, Beside};
use super::shown;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// List all accounts, and how they are.
    List(Json),
    /// Add accounts by their tokens; `-` reads them from standard input.
    Add {
        /// AccessTokens, RefreshTokens or session tokens, each with or without `,account_id`.
        #[arg(required = true)]
        tokens: Vec<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Add the accounts of a file, one on each line.
    Import {
        /// The file.
        file: PathBuf,
        /// Only say what would come of it.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Sign in with ChatGPT.
    Login(login::Login),
    /// Renew tokens now.
    Refresh {
        /// Accounts, by label, id or the beginning of the id.
        #[arg(required_unless_present = "all")]
        names: Vec<String>,
        /// All that have something to renew with.
        #[arg(long)]
        all: bool,
    },
    /// Ask ChatGPT about accounts.
    Check {
        /// Accounts; all when none is named.
        names: Vec<String>,
    },
    /// Take accounts out.
    Disable {
        /// Accounts.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Take accounts in again.
    Enable {
        /// Accounts.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Forget what an account has used up.
    ClearLimits {
        /// The account.
        name: String,
    },
    /// Remove accounts and their tokens for ever.
    Remove {
        /// Accounts.
        #[arg(required = true)]
        names: Vec<String>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Clear all accounts; `account undo` brings them back for a day.
    Clear {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Bring back what was cleared.
    Undo {
        /// What `account clear` printed.
        clearing: String,
    },
}

/// For programs.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print JSON for programs.
    #[arg(long)]
    pub(super) json: bool,
}

/// Does it.
pub(crate) fn run(command: AccountCommand) -> anyhow::Result<()> {
    beside::with(async |beside| match command {
        AccountCommand::List(Json { json }) => {
            list(beside, json);
            Ok(())
        }
        AccountCommand::Add { tokens, json } => taking_in::add(beside, tokens, json.json).await,
        AccountCommand::Import {
            file,
            dry_run,
            json,
        } => taking_in::import(beside, &file, dry_run, json.json).await,
        AccountCommand::Login(login) => login::run(beside, &login).await,
        AccountCommand::Refresh { names, all } => refresh(beside, &names, all).await,
        AccountCommand::Check { names } => check(beside, &names).await,
        AccountCommand::Disable { names } => set_disabled(beside, &names, true).await,
        AccountCommand::Enable { names } => set_disabled(beside, &names, false).await,
        AccountCommand::ClearLimits { name } => {
            let account = beside.account(&name)?;
            beside
                .services
                .pool
                .clear_cool_downs(account.id, None)
                .await?;
            shown::line(&format!("{}: limits forgotten", account.label));
            Ok(())
        }
        AccountCommand::Remove { names, yes } => remove(beside, &names, yes).await,
        AccountCommand::Clear { yes } => clear(beside, yes).await,
        AccountCommand::Undo { clearing } => {
            let restored = beside.services.pool.undo_clearing(&clearing).await?;
            shown::line(&format!("{restored} records are back"));
            Ok(())
        }
    })
}

fn list(beside: &Beside, is_json: bool) {
    let accounts = beside.services.pool.accounts();
    if is_json {
        return shown::json(&accounts.iter().map(as_json).collect());
    }
    let now = beside.clock.since_epoch().as_secs();
    let row = |it: &AccountView| {
        vec![
            it.label.clone(),
            it.plan.clone().unwrap_or_default(),
            state(it, now),
            it.access_expires_at
                .map_or_else(String::new, |at| shown::left(at, now)),
            it.egress.clone(),
            it.source.clone(),
            it.id.to_string(),
        ]
    };
    let rows = accounts.iter().map(row).collect();
    let head = [
        "account",
        "plan",
        "state",
        "token ends in",
        "egress",
        "source",
        "id",
    ];
    shown::table(
        &head,
        rows,
        "There is no account; `flowgpt account add` takes one in.",
    );
}

/// How an account is, with the reason and what it has used up.
fn state(account: &AccountView, now: u64) -> String {
    let mut state = if account.is_disabled {
        "disabled".to_owned()
    } else {
        account.health.word().replace('_', " ")
    };
    if let Some(reason) = account.health.reason() {
        state = format!("{state}: {reason}");
    }
    for it in &account.cool_downs {
        state = format!("{state}\n{} for {}", it.scope, shown::left(it.until, now));
    }
    state
}

/// An account, with the names of the admin API.
fn as_json(account: &AccountView) -> Value {
    let limits = account
        .cool_downs
        .iter()
        .map(|it| json!({"scope": it.scope.to_string(), "until": it.until, "source": it.source}));
    json!({
        "id": account.id.to_string(),
        "label": account.label,
        "source": account.source,
        "plan": account.plan,
        "workspace": account.workspace,
        "health": account.health.word(),
        "reason": account.health.reason(),
        "health_since": account.health_since,
        "is_disabled": account.is_disabled,
        "is_usable": account.is_usable,
        "limits": limits.collect::<Vec<_>>(),
        "egress": account.egress,
        "device_id": account.device_id.to_string(),
        "access_expires_at": account.access_expires_at,
        "can_refresh": account.can_refresh,
        "refreshed_at": account.refreshed_at,
        "checked_at": account.checked_at,
        "created_at": account.created_at,
    })
}

async fn refresh(beside: &Beside, names: &[String], all: bool) -> anyhow::Result<()> {
    let pool = &beside.services.pool;
    let accounts = if all {
        let accounts = pool.accounts().into_iter();
        accounts
            .filter(|it| it.can_refresh && !it.is_disabled)
            .collect()
    } else {
        chosen(beside, names)?
    };
    let total = accounts.len();
    let renewals = accounts
        .iter()
        .map(async |it| (it, pool.renew_now(it.id).await));
    let results = futures_util::future::join_all(renewals).await;
    let mut failed = 0;
    for (account, result) in results {
        match result {
            Ok(()) => shown::line(&format!("{}: renewed", account.label)),
            Err(error) => {
                failed += 1;
                shown::line(&format!("{}: {error}", account.label));
            }
        }
    }
    ensure_all(failed, total, "renewed")
}

async fn check(beside: &Beside, names: &[String]) -> anyhow::Result<()> {
    let pool = &beside.services.pool;
    let accounts = if names.is_empty() {
        pool.accounts()
    } else {
        chosen(beside, names)?
    };
    let mut failed = 0;
    for account in &accounts {
        match pool.check(account.id).await {
            Ok(checked) => {
                let plan = checked.plan.unwrap_or_else(|| "no plan".to_owned());
                let is_gone = if checked.is_deactivated {
                    ", deactivated"
                } else {
                    ""
                };
                shown::line(&format!("{}: {plan}{is_gone}", account.label));
            }
            Err(error) => {
                failed += 1;
                shown::line(&format!("{}: {error}", account.label));
            }
        }
    }
    ensure_all(failed, accounts.len(), "checked")
}

async fn set_disabled(beside: &Beside, names: &[String], is_disabled: bool) -> anyhow::Result<()> {
    for account in chosen(beside, names)? {
        let patch = AccountPatch {
            is_disabled: Some(is_disabled),
            ..AccountPatch::default()
        };
        beside.services.pool.change(account.id, patch).await?;
        let word = if is_disabled { "disabled" } else { "enabled" };
        shown::line(&format!("{}: {word}", account.label));
    }
    Ok(())
}

async fn remove(beside: &Beside, names: &[String], yes: bool) -> anyhow::Result<()> {
    let accounts = chosen(beside, names)?;
    let labels: Vec<&str> = accounts.iter().map(|it| it.label.as_str()).collect();
    shown::confirm(&format!("Remove {} for ever?", labels.join(", ")), yes)?;
    for account in accounts {
        beside.services.pool.remove(account.id).await?;
        shown::line(&format!("{}: removed", account.label));
    }
    Ok(())
}

async fn clear(beside: &Beside, yes: bool) -> anyhow::Result<()> {
    let count = beside.services.pool.accounts().len();
    shown::confirm(&format!("Clear all {count} accounts?"), yes)?;
    let cleared = beside.services.pool.clear().await?;
    shown::line(&format!(
        "{} accounts cleared; bring them back within a day with\n  flowgpt account undo {}",
        cleared.count, cleared.id
    ));
    Ok(())
}

fn chosen(beside: &Beside, names: &[String]) -> anyhow::Result<Vec<AccountView>> {
    names.iter().map(|name| beside.account(name)).collect()
}

fn ensure_all(failed: usize, total: usize, done: &str) -> anyhow::Result<()> {
    if failed > 0 {
        bail!("{failed} of {total} accounts were not {done}");
    }
    Ok(())
}
