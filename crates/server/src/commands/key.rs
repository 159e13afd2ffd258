//! `flowgpt key`: managed keys.

mod policy;
mod usage;

use accounts::{KeyView, NewManagedKey};
use anyhow::{bail, ensure};
use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::account::Json;
use super::beside::{self, Beside};
use super::shown;
use policy::PolicyArguments;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key; it is shown once.
    Create {
        /// Its name in lists.
        name: String,
        #[command(flatten)]
        policy: PolicyArguments,
        #[command(flatten)]
        json: Json,
    },
    /// List all keys.
    List(Json),
    /// Say what a key may do.
    Show {
        /// The key, by name, id or the beginning of the id.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Say what a key has used.
    Usage {
        /// The key.
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Change what a key may do; what is not named stays as it is.
    Change {
        /// The key.
        name: String,
        #[command(flatten)]
        policy: PolicyArguments,
    },
    /// Take a key out.
    Disable {
        /// The key.
        name: String,
    },
    /// Take a key in again.
    Enable {
        /// The key.
        name: String,
    },
    /// Remove a key for ever; what it used stays in the usage.
    Remove {
        /// The key.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Does it.
pub(crate) fn run(command: KeyCommand) -> anyhow::Result<()> {
    beside::with(async |beside| match command {
        KeyCommand::Create { name, policy, json } => create(beside, name, &policy, json.json).await,
        KeyCommand::List(Json { json }) => list(beside, json).await,
        KeyCommand::Show { name, json } => show(beside, &name, json.json).await,
        KeyCommand::Usage { name, json } => {
            let key = found(beside, &name).await?;
            usage::show(beside, &key, json.json).await
        }
        KeyCommand::Change { name, policy } => change(beside, &name, &policy).await,
        KeyCommand::Disable { name } => set_disabled(beside, &name, true).await,
        KeyCommand::Enable { name } => set_disabled(beside, &name, false).await,
        KeyCommand::Remove { name, yes } => {
            let key = found(beside, &name).await?;
            shown::confirm(&format!("Remove the key \"{}\" for ever?", key.name), yes)?;
            beside.services.keys.remove(key.id, beside.now()).await?;
            shown::line(&format!("{}: removed", key.name));
            Ok(())
        }
    })
}

async fn create(
    beside: &Beside,
    name: String,
    policy: &PolicyArguments,
    is_json: bool,
) -> anyhow::Result<()> {
    let length = name.trim().chars().count();
    ensure!(
        (1..=100).contains(&length),
        "a name has 1 to 100 characters"
    );
    let mut chance = [0; 64];
    getrandom::fill(&mut chance)?;
    let new = NewManagedKey {
        name,
        expires_at: policy.expires_at(beside.now())?,
        policy: policy.applied(beside, accounts::KeyPolicy::default())?,
    };
    let made = beside
        .services
        .keys
        .create(new, &chance, beside.now())
        .await?;
    let secret = made.secret.expose_secret();
    if is_json {
        let mut key = as_json(&made.view);
        key["key"] = secret.into();
        shown::json(&key);
    } else {
        shown::line(secret);
        shown::aside("This is the only time the key is shown.");
    }
    Ok(())
}

async fn list(beside: &Beside, is_json: bool) -> anyhow::Result<()> {
    let keys = beside.services.keys.list().await?;
    if is_json {
        let keys: Vec<Value> = keys.iter().map(as_json).collect();
        shown::json(&json!({"keys": keys}));
        return Ok(());
    }
    let row = |it: &KeyView| {
        vec![
            it.name.clone(),
            it.hint.clone(),
            state(it, beside.now()).to_owned(),
            policy::sentence(&it.policy),
            shown::moment(it.expires_at),
            it.id.to_string(),
        ]
    };
    let rows = keys.iter().map(row).collect();
    let head = ["name", "key", "state", "may", "ends (UTC)", "id"];
    shown::table(
        &head,
        rows,
        "There is no managed key; `flowgpt key create` makes one.",
    );
    Ok(())
}

async fn show(beside: &Beside, name: &str, is_json: bool) -> anyhow::Result<()> {
    let key = found(beside, name).await?;
    if is_json {
        shown::json(&as_json(&key));
        return Ok(());
    }
    let ends = match key.expires_at {
        Some(_) => format!("{} (UTC)", shown::moment(key.expires_at)),
        None => "never".to_owned(),
    };
    shown::line(&format!(
        "{} ({})\nstate: {}\nmay:   {}\nends:  {ends}\nmade:  {} (UTC)\nid:    {}",
        key.name,
        key.hint,
        state(&key, beside.now()),
        policy::sentence(&key.policy),
        shown::moment(Some(key.created_at)),
        key.id
    ));
    Ok(())
}

async fn change(beside: &Beside, name: &str, policy: &PolicyArguments) -> anyhow::Result<()> {
    let key = found(beside, name).await?;
    let expires_at = if policy.has_expiry() {
        Some(policy.expires_at(beside.now())?)
    } else {
        None
    };
    let changed = policy.applied(beside, key.policy.clone())?;
    let keys = &beside.services.keys;
    keys.change(key.id, None, Some(&changed), None, expires_at)
        .await?;
    shown::line(&format!("{} may: {}", key.name, policy::sentence(&changed)));
    Ok(())
}

async fn set_disabled(beside: &Beside, name: &str, is_disabled: bool) -> anyhow::Result<()> {
    let key = found(beside, name).await?;
    let keys = &beside.services.keys;
    keys.change(key.id, None, None, Some(is_disabled), None)
        .await?;
    let word = if is_disabled { "disabled" } else { "enabled" };
    shown::line(&format!("{}: {word}", key.name));
    Ok(())
}

async fn found(beside: &Beside, name: &str) -> anyhow::Result<KeyView> {
    let keys = beside.services.keys.list().await?;
    let is_meant = |it: &&KeyView| {
        let id = it.id.to_string();
        it.name == name || id == name || (name.len() >= 4 && id.starts_with(name))
    };
    let meant: Vec<&KeyView> = keys.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [key] => Ok((*key).clone()),
        [] => bail!("there is no key \"{name}\"; `flowgpt key list` shows all"),
        several => {
            let ids: Vec<String> = several.iter().map(|it| it.id.to_string()).collect();
            bail!("\"{name}\" may be {}; name one by its id", ids.join(" or "))
        }
    }
}

fn state(key: &KeyView, now: i64) -> &'static str {
    if key.is_disabled {
        "disabled"
    } else if key.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        "good"
    }
}

/// A key, with the names of the admin API.
fn as_json(key: &KeyView) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "hint": key.hint,
        "policy": key.policy,
        "is_disabled": key.is_disabled,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    })
}
