//! `flowgpt account`: adding, listing, renewing and removing accounts.

mod asking;
mod listing;
mod login;
mod taking_in;

pub(super) use taking_in::{TakenIn, summary, word};

use std::path::PathBuf;

use accounts::AccountView;
use anyhow::bail;
use clap::{Args, Subcommand};
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
        /// AccessTokens, RefreshTokens or session tokens, each with or without `,account_id`; or
        /// API keys, each with or without `,https://HOST/v1`.
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
        #[arg(long, conflicts_with = "names")]
        all: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Ask ChatGPT about accounts.
    Check {
        /// Accounts; all that are not disabled when none is named.
        names: Vec<String>,
        #[command(flatten)]
        json: Json,
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
        /// What `account clear` or `seed clear` printed.
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
            listing::list(beside, json);
            Ok(())
        }
        AccountCommand::Add { tokens, json } => taking_in::add(beside, tokens, json.json).await,
        AccountCommand::Import {
            file,
            dry_run,
            json,
        } => taking_in::import(beside, &file, dry_run, json.json).await,
        AccountCommand::Login(login) => login::run(beside, &login).await,
        AccountCommand::Refresh { names, all, json } => {
            asking::refresh(beside, &names, all, json.json).await
        }
        AccountCommand::Check { names, json } => asking::check(beside, &names, json.json).await,
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
            if restored == 0 {
                bail!("nothing can be brought back by that name any more");
            }
            shown::line(&format!("{restored} records are back"));
            Ok(())
        }
    })
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
