//! `flowgpt seed`: words that stand for one account each.

use anyhow::bail;
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::records::StoredSeed;

use super::account::Json;
use super::beside::{self, Beside};
use super::shown;

/// What to do with seeds.
#[derive(Debug, Subcommand)]
pub(crate) enum SeedCommand {
    /// List all seeds.
    List(Json),
    /// Make a seed, bound to an account or to the one whose turn it is.
    Add {
        /// The word.
        seed: String,
        /// The account.
        #[arg(long)]
        account: Option<String>,
    },
    /// Bind a seed to another account.
    Bind {
        /// The word.
        seed: String,
        /// The account.
        account: String,
    },
    /// Remove a seed.
    Remove {
        /// The word.
        seed: String,
    },
    /// Clear all seeds, and whose conversations are whose; `account undo` brings them back for a
    /// day.
    Clear {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Does it.
pub(crate) fn run(command: SeedCommand) -> anyhow::Result<()> {
    beside::with(async |beside| match command {
        SeedCommand::List(Json { json }) => list(beside, json).await,
        SeedCommand::Add { seed, account } => {
            let seed = SecretString::from(seed);
            if beside.services.seeds.get(&seed).await?.is_some() {
                bail!("there is that seed already; `flowgpt seed bind` gives it another account");
            }
            bind(beside, &seed, account.as_deref()).await
        }
        SeedCommand::Bind { seed, account } => {
            let seed = SecretString::from(seed);
            if beside.services.seeds.get(&seed).await?.is_none() {
                bail!("there is no such seed; `flowgpt seed add` makes one");
            }
            bind(beside, &seed, Some(&account)).await
        }
        SeedCommand::Remove { seed } => {
            if !beside.services.seeds.remove(&seed.into()).await? {
                bail!("there is no such seed");
            }
            shown::line("removed");
            Ok(())
        }
        SeedCommand::Clear { yes } => {
            shown::confirm("Clear all seeds?", yes)?;
            let cleared = beside.services.database.clear_seeds(beside.now()).await?;
            shown::line(&format!(
                "{} records cleared; bring them back within a day with\n  flowgpt account undo {}",
                cleared.count, cleared.id
            ));
            Ok(())
        }
    })
}

async fn list(beside: &Beside, is_json: bool) -> anyhow::Result<()> {
    let seeds = beside.services.seeds.list().await?;
    let label = |seed: &StoredSeed| {
        let account = beside.services.pool.account(seed.account);
        account.map(|it| it.label)
    };
    if is_json {
        let seeds = seeds.iter().map(|it| {
            json!({
                "id": it.id,
                "seed": it.name.expose_secret(),
                "account_id": it.account.to_string(),
                "account": label(it),
                "created_at": it.created_at,
                "rebound_at": it.rebound_at,
            })
        });
        shown::json(&json!({"seeds": seeds.collect::<Vec<_>>()}));
        return Ok(());
    }
    let row = |it: &StoredSeed| {
        vec![
            it.name.expose_secret().to_owned(),
            label(it).unwrap_or_else(|| "(gone)".to_owned()),
            shown::moment(Some(it.created_at)),
            shown::moment(it.rebound_at),
        ]
    };
    let rows = seeds.iter().map(row).collect();
    let head = ["seed", "account", "made (UTC)", "bound anew (UTC)"];
    shown::table(
        &head,
        rows,
        "There is no seed; `flowgpt seed add` makes one.",
    );
    Ok(())
}

async fn bind(beside: &Beside, seed: &SecretString, account: Option<&str>) -> anyhow::Result<()> {
    let account = account.map(|name| beside.account(name)).transpose()?;
    let id = account.map(|it| it.id);
    let seeds = &beside.services.seeds;
    let bound = seeds.bind(seed, id, beside.now()).await?;
    let account = beside.services.pool.account(bound.account);
    let label = account.map_or_else(String::new, |it| it.label);
    shown::line(&format!("bound to {label}"));
    Ok(())
}
