//! Opens the files that outlive a restart, and says what of them is damaged.
//!
//! Called once, when the program is built.

use anyhow::Context;
use api::{Files, LinkSigner};
use store::files::FileStore;
use store::{Damaged, DataFolder, PendingDeletions, SecretFile};

use crate::services::chance;
use crate::settings::FileSettings;

/// The secret that links are signed with; another one makes all links void.
const LINK_KEY: &str = "link.key";

/// What is in the data folder.
pub(crate) struct Storage {
    pub(crate) files: Files,
    pub(crate) deletions: PendingDeletions,
    pub(crate) links: LinkSigner,
    pub(crate) link_key: [u8; 32],
}

impl Storage {
    /// Reads what is in the data folder.
    pub(crate) fn open(settings: &FileSettings, folder: &DataFolder) -> anyhow::Result<Self> {
        let place = folder.path().display();
        let (store, damaged) = FileStore::open(folder, chance())
            .with_context(|| format!("the files in {place} cannot be read"))?;
        warn_of(&damaged);
        let (deletions, damaged) = PendingDeletions::open(folder)
            .with_context(|| format!("the pending deletions in {place} cannot be read"))?;
        warn_of(&damaged);
        let key = SecretFile::load_or_create(folder, LINK_KEY, &chance())?;
        Ok(Self {
            files: Files {
                store,
                limit_bytes: settings.limit_bytes,
                expiry: settings.expiry,
            },
            deletions,
            link_key: key,
            links: LinkSigner::new(key, settings.link_lifetime.as_secs()),
        })
    }
}

fn warn_of(damaged: &[Damaged]) {
    for damaged in damaged {
        tracing::warn!("{damaged}");
    }
}
