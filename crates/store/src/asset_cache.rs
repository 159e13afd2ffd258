//! Public files of other hosts, kept so that pages that name them live on when the host has others.
//!
//! Each is found by where it came from. Nothing in it is anybody's. Used by `gateway`.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::data_folder::DataFolder;
use crate::store_error::StoreError;
use crate::{blocking, durable};

const FOLDER: &str = "assets";

/// All files together take no more room.
const MAX_KEPT_BYTES: u64 = 1 << 30;

/// A file's type is no longer.
const MAX_TYPE_BYTES: usize = 256;

/// The files, on the disk.
#[derive(Debug, Clone)]
pub struct AssetCache {
    folder: PathBuf,
}

/// A file that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAsset {
    /// What it is.
    pub mime: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl AssetCache {
    /// The files in a data folder.
    pub fn open(folder: &DataFolder) -> Result<Self, StoreError> {
        let folder = folder.path().join(FOLDER);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// What came from there, if it was kept; it counts as used at that moment.
    pub async fn get(
        &self,
        address: &str,
        now: SystemTime,
    ) -> Result<Option<KeptAsset>, StoreError> {
        let path = self.path(address);
        blocking::run(move || {
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            // Only for when it is removed; whoever cannot note that may still read it.
            let _noted = fs::File::open(&path).and_then(|it| it.set_modified(now));
            Ok(read(&bytes))
        })
        .await
    }

    /// Keeps what came from there, as long as there is room: a visitor can make up addresses.
    pub async fn keep(&self, address: &str, asset: KeptAsset) -> Result<(), StoreError> {
        let path = self.path(address);
        let folder = self.folder.clone();
        blocking::run(move || {
            let mut kept = 0;
            for entry in fs::read_dir(&folder)? {
                kept += entry?.metadata()?.len();
            }
            if kept + asset.bytes.len() as u64 > MAX_KEPT_BYTES {
                return Ok(());
            }
            let mime: String = asset.mime.chars().filter(|it| *it != '\n').collect();
            let mut bytes = mime.into_bytes();
            bytes.truncate(MAX_TYPE_BYTES);
            bytes.push(b'\n');
            bytes.extend_from_slice(&asset.bytes);
            Ok(durable::write(&path, &bytes)?)
        })
        .await
    }

    /// Removes what was not used for so long at that moment; how much that was.
    pub async fn purge(&self, now: SystemTime, unused: Duration) -> Result<u64, StoreError> {
        let folder = self.folder.clone();
        blocking::run(move || {
            let mut gone = 0;
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let used = entry.metadata()?.modified()?;
                let is_old = now.duration_since(used).is_ok_and(|it| it > unused);
                if is_old && fs::remove_file(entry.path()).is_ok() {
                    gone += 1;
                }
            }
            Ok(gone)
        })
        .await
    }

    fn path(&self, address: &str) -> PathBuf {
        let digest = Sha256::digest(address.as_bytes());
        let name = digest.iter().fold(String::new(), |mut name, byte| {
            let _never_fails = write!(name, "{byte:02x}");
            name
        });
        self.folder.join(name)
    }
}

fn read(bytes: &[u8]) -> Option<KeptAsset> {
    let end = bytes.iter().position(|it| *it == b'\n')?;
    let (mime, rest) = bytes.split_at(end);
    Some(KeptAsset {
        mime: std::str::from_utf8(mime).ok()?.to_owned(),
        bytes: rest.get(1..)?.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{AssetCache, KeptAsset};
    use crate::DataFolder;

    #[tokio::test]
    async fn what_is_kept_comes_back_until_nobody_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(folder.path()).unwrap();
        let cache = AssetCache::open(&folder).unwrap();
        let asset = KeptAsset {
            mime: "text/javascript".to_owned(),
            bytes: b"let a = 1;\nlet b;\0".to_vec(),
        };
        let day = Duration::from_hours(24);
        let now = SystemTime::UNIX_EPOCH + 20_000 * day;
        cache.keep("https://a/x.js", asset.clone()).await.unwrap();
        let kept = cache.get("https://a/x.js", now).await.unwrap();
        assert_eq!(kept, Some(asset));
        assert_eq!(cache.get("https://a/y.js", now).await.unwrap(), None);
        assert_eq!(cache.purge(now + 6 * day, 7 * day).await.unwrap(), 0);
        assert_eq!(cache.purge(now + 8 * day, 7 * day).await.unwrap(), 1);
        assert_eq!(cache.get("https://a/x.js", now).await.unwrap(), None);
    }
}
