//! Opens what outlives a restart, and says what in it is damaged.
//!
//! Called once, when the program is built.

use anyhow::Context;
use api::Files;
use store::files::FileStore;
use store::{Chance, DataFolder};

use crate::settings::Settings;

/// The files of callers, in the data folder of the settings.
pub(crate) fn files(settings: &Settings) -> anyhow::Result<Files> {
    let folder = DataFolder::open(&settings.data_dir)?;
    let (store, damaged) = FileStore::open(&folder, chance())
        .with_context(|| format!("the files in {} cannot be read", folder.path().display()))?;
    for damaged in damaged {
        tracing::warn!("{damaged}");
    }
    Ok(Files {
        store,
        limit_bytes: settings.file_limit_bytes,
        expiry: settings.file_expiry,
    })
}

/// Chance from the operating system.
fn chance() -> Chance {
    Chance::new(|bytes| getrandom::fill(bytes).map_err(Into::into))
}
