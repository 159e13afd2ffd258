//! `flowgpt backup` and `flowgpt keys`: what is stored, and what it is sealed with.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Subcommand;
use store::DatabaseError;

use super::beside;
use super::shown;
use super::transfer::{from_file, prompt};

/// What to do with the keys that secrets are sealed with.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SealCommand {
    /// Make a new data key and seal everything with it; or a new master key.
    Rotate {
        /// The master key. When it is given by `FLOWGPT_MASTER_KEY`, the new one is asked for.
        #[arg(long)]
        master: bool,
        /// The file that the new master key is in, in place of `FLOWGPT_MASTER_KEY`.
        #[arg(long, requires = "master", value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
}

/// Copies the embedded database.
pub(crate) fn back_up(file: &Path) -> anyhow::Result<()> {
    beside::with(async |beside| {
        let copied = beside.services.database.backup_to(file).await;
        if copied == Err(DatabaseError::BackupElsewhere) {
            bail!(
                "{}, and keep the master key too, and elsewhere",
                DatabaseError::BackupElsewhere
            );
        }
        copied?;
        shown::line(&format!(
            "{} is a copy of the database. Secrets in it are sealed: keep the master key too, and \
             elsewhere.",
            file.display()
        ));
        Ok(())
    })
}

/// Changes keys.
pub(crate) fn run(command: SealCommand) -> anyhow::Result<()> {
    let SealCommand::Rotate { master, key_file } = command;
    beside::with(async |beside| {
        let database = &beside.services.database;
        if !master {
            let rotated = database.rotate_data_key(beside.now()).await?;
            shown::line(&format!(
                "{} secrets are sealed with a new key; {} old keys are gone",
                rotated.resealed, rotated.dropped
            ));
            return Ok(());
        }
        let given = match (&beside.settings.accounts.master_key, &key_file) {
            (Some(_), Some(file)) => Some(from_file(file)?),
            (Some(_), None) => Some(prompt("The new master key: ")?),
            (None, Some(_)) => bail!(
                "the master key is master.key in the data folder, and the new one is made there; \
                 leave --key-file out"
            ),
            (None, None) => None,
        };
        let is_given = given.is_some();
        database.rotate_master_key(given).await?;
        shown::line(if is_given {
            "the master key is the new one; set FLOWGPT_MASTER_KEY to it, here and on every other \
             process, before the next start"
        } else {
            "there is a new master.key in the data folder; back it up"
        });
        Ok(())
    })
}
