//! Conversations that were promised to be deleted upstream, until it is done.
//!
//! One small file each, so that a promise outlives a restart. Who deletes them, and when it
//! is tried, is decided by the program.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::blocking::{self, lock};
use crate::data_folder::DataFolder;
use crate::store_error::{Damaged, StoreError};
use crate::{account_key, durable};

/// More promises than this are not made.
const MAX_PENDING: usize = 100_000;

/// Longer than any id upstream gives.
const MAX_ID_BYTES: usize = 256;

/// One conversation that has to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDeletion {
    /// Upstream's id of it.
    pub conversation_id: String,
    /// The key of the account that owns it.
    #[serde(with = "account_key")]
    pub account: [u8; 16],
    /// Not before this, in unix seconds.
    pub delete_at: u64,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct PendingDeletions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    limit: usize,
    by_name: Mutex<HashMap<String, PendingDeletion>>,
    /// Held over work with files, so that memory and disk change in the same order.
    disk: Mutex<()>,
    _folder: DataFolder,
}

impl PendingDeletions {
    /// Reads what was promised before; blocks, for the start of the program.
    pub fn open(folder: &DataFolder) -> Result<(Self, Vec<Damaged>), StoreError> {
        Self::open_with_limit(folder, MAX_PENDING)
    }

    fn open_with_limit(
        folder: &DataFolder,
        limit: usize,
    ) -> Result<(Self, Vec<Damaged>), StoreError> {
        let path = folder.inner("pending_deletions")?;
        let mut by_name = HashMap::new();
        let mut damaged = Vec::new();
        for entry in fs::read_dir(&path)? {
            let path = entry?.path();
            match path.extension().and_then(|it| it.to_str()) {
                Some(durable::PARTIAL) => durable::remove(&path)?,
                Some(durable::JSON) => match read(&path) {
                    Ok(it) => {
                        by_name.insert(it.name(), it);
                    }
                    Err(reason) => damaged.push(Damaged { path, reason }),
                },
                _ => {}
            }
        }
        let shared = Shared {
            path,
            limit,
            by_name: Mutex::new(by_name),
            disk: Mutex::default(),
            _folder: folder.clone(),
        };
        Ok((Self(Arc::new(shared)), damaged))
    }

    /// Makes a promise; a second one for the same conversation takes the first one's place.
    ///
    /// Once it returns, the promise outlives a crash.
    pub async fn add(&self, deletion: PendingDeletion) -> Result<(), StoreError> {
        if deletion.conversation_id.len() > MAX_ID_BYTES {
            return Err(StoreError::TooLong("the id of a conversation"));
        }
        let shared = Arc::clone(&self.0);
        blocking::run(move || {
            let _order = lock(&shared.disk);
            let name = deletion.name();
            let is_full = {
                let by_name = lock(&shared.by_name);
                by_name.len() >= shared.limit && !by_name.contains_key(&name)
            };
            if is_full {
                return Err(StoreError::TooMany(shared.limit));
            }
            durable::write_json(&shared.file(&name), &deletion)?;
            lock(&shared.by_name).insert(name, deletion);
            Ok(())
        })
        .await
    }

    /// What has to go by `now`, the longest overdue first, at most `at_most` of them.
    pub fn due(&self, now: u64, at_most: usize) -> Vec<PendingDeletion> {
        let by_name = lock(&self.0.by_name);
        let due = by_name.values().filter(|it| it.delete_at <= now);
        let mut due: Vec<PendingDeletion> = due.cloned().collect();
        drop(by_name);
        due.sort_by(|a, b| {
            let order = |it: &PendingDeletion| (it.delete_at, it.conversation_id.clone());
            order(a).cmp(&order(b))
        });
        due.truncate(at_most);
        due
    }

    /// Forgets a promise that was kept, or that cannot be kept.
    pub async fn remove(&self, deletion: &PendingDeletion) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.0);
        let name = deletion.name();
        blocking::run(move || {
            let _order = lock(&shared.disk);
            durable::remove(&shared.file(&name))?;
            lock(&shared.by_name).remove(&name);
            Ok(())
        })
        .await
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        lock(&self.0.by_name).len()
    }
}

impl Shared {
    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name).with_added_extension(durable::JSON)
    }
}

impl PendingDeletion {
    /// What its file is called: the same for the same conversation.
    fn name(&self) -> String {
        let digest = Sha256::new()
            .chain_update(self.account)
            .chain_update(&self.conversation_id);
        let digest: [u8; 32] = digest.finalize().into();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        account_key::to_hex(first)
    }
}

fn read(path: &Path) -> Result<PendingDeletion, String> {
    let deletion: PendingDeletion = durable::read_json(path)?;
    if path
        .file_stem()
        .is_some_and(|it| it == deletion.name().as_str())
    {
        Ok(deletion)
    } else {
        Err("its name does not belong to what is in it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{PendingDeletion, PendingDeletions};
    use crate::{DataFolder, StoreError};

    fn deletion(conversation: &str, delete_at: u64) -> PendingDeletion {
        PendingDeletion {
            conversation_id: conversation.to_owned(),
            account: [0xab; 16],
            delete_at,
        }
    }

    fn ids(deletions: &[PendingDeletion]) -> Vec<&str> {
        let ids = deletions.iter().map(|it| it.conversation_id.as_str());
        ids.collect()
    }

    #[tokio::test]
    async fn promises_outlive_a_restart_until_they_are_removed() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(outer.path()).unwrap();
        let (pending, _) = PendingDeletions::open(&folder).unwrap();
        for (conversation, at) in [("late", 30), ("early", 10), ("next", 20), ("kept", 5)] {
            pending.add(deletion(conversation, at)).await.unwrap();
        }
        pending.remove(&deletion("kept", 5)).await.unwrap();
        let (pending, damaged) = PendingDeletions::open(&folder).unwrap();
        assert_eq!(damaged, []);
        assert_eq!(ids(&pending.due(20, 9)), ["early", "next"]);
        assert_eq!(ids(&pending.due(99, 2)), ["early", "next"]);
        assert!(pending.due(9, 9).is_empty());
        assert_eq!(pending.due(10, 1), [deletion("early", 10)]);
    }

    #[tokio::test]
    async fn a_second_promise_takes_the_place_of_the_first() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(outer.path()).unwrap();
        let (pending, _) = PendingDeletions::open(&folder).unwrap();
        pending.add(deletion("C", 10)).await.unwrap();
        pending.add(deletion("C", 50)).await.unwrap();
        let mut of_another = deletion("C", 10);
        of_another.account = [1; 16];
        pending.add(of_another).await.unwrap();
        let (pending, _) = PendingDeletions::open(&folder).unwrap();
        assert_eq!((pending.count(), pending.due(10, 9).len()), (2, 1));
    }

    #[tokio::test]
    async fn what_does_not_fit_is_refused_and_nothing_older_is_dropped_for_it() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(outer.path()).unwrap();
        let (pending, _) = PendingDeletions::open_with_limit(&folder, 2).unwrap();
        pending.add(deletion("a", 1)).await.unwrap();
        pending.add(deletion("b", 2)).await.unwrap();
        let refused = pending.add(deletion("c", 3)).await;
        assert!(matches!(refused, Err(StoreError::TooMany(2))));
        pending.add(deletion("b", 4)).await.unwrap();
        assert_eq!(ids(&pending.due(9, 9)), ["a", "b"]);
        let refused = pending.add(deletion(&"x".repeat(257), 3)).await;
        assert!(matches!(refused, Err(StoreError::TooLong(_))));
    }

    #[tokio::test]
    async fn a_damaged_promise_is_reported_and_stays_and_a_half_written_one_goes() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(outer.path()).unwrap();
        let (pending, _) = PendingDeletions::open(&folder).unwrap();
        pending.add(deletion("good", 1)).await.unwrap();
        let path = outer.path().join("pending_deletions");
        let account = r#"{"conversation_id":"C","account":"+b","delete_at":1}"#;
        fs::write(path.join("bad.json"), account).unwrap();
        fs::write(path.join("half.json.partial"), "{").unwrap();
        let moved = fs::read_dir(&path).unwrap().map(|it| it.unwrap().path());
        let good = moved.filter(|it| it.file_stem().unwrap().len() == 32);
        fs::copy(good.last().unwrap(), path.join("other.json")).unwrap();
        let (pending, damaged) = PendingDeletions::open(&folder).unwrap();
        assert_eq!(ids(&pending.due(9, 9)), ["good"]);
        let mut said: Vec<String> = damaged.iter().map(ToString::to_string).collect();
        said.sort();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("bad.json is damaged"));
        assert!(said[1].contains("other.json is damaged"));
        assert!(path.join("bad.json").exists());
        assert!(!path.join("half.json.partial").exists());
    }
}
