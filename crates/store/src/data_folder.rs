//! The one folder that everything lasting is in, held by one process at a time.
//!
//! Opened once at the start, before anything is served; an error is for the operator.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::durable;

const OWNER_ONLY: u32 = 0o700;
const LOCK: &str = "lock";
const PROBE: &str = "probe";

/// The data folder; it is free for another process once the last clone is dropped.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<File>,
}

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Something else has its name.
    #[error(
        "the data folder {} is not a folder; move what is there, or set DATA_DIR to another path",
        .0.display()
    )]
    NotAFolder(PathBuf),
    /// It cannot be made or written to.
    #[error(
        "the data folder {} cannot be written ({reason}); let the user that runs FlowGPT write \
         there, or set DATA_DIR to another path",
        path.display()
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
    /// A second process would spoil what the first one writes.
    #[error(
        "the data folder {} is in use by another FlowGPT; stop that one, or set DATA_DIR to \
         another path",
        .0.display()
    )]
    InUse(PathBuf),
}

impl DataFolder {
    /// Opens the folder at `path`; a missing one is made, for its owner only.
    pub fn open(path: &Path) -> Result<Self, DataFolderError> {
        let not_writable = |reason| DataFolderError::NotWritable {
            path: path.to_owned(),
            reason,
        };
        match fs::metadata(path) {
            Ok(it) if it.is_dir() => {}
            Ok(_) => return Err(DataFolderError::NotAFolder(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(path).map_err(not_writable)?;
            }
            Err(error) => return Err(not_writable(error)),
        }
        let lock = durable::open_or_create(&path.join(LOCK)).map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataFolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(not_writable(error)),
        }
        // The lock may be an old file in a folder that takes no new ones.
        let probe = path.join(PROBE);
        durable::write(&probe, b"").map_err(not_writable)?;
        durable::remove(&probe).map_err(not_writable)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: Arc::new(lock),
        })
    }

    /// Opens the folder beside the process that holds it, for work that needs no lock: what is
    /// in the database, and files that each belong to a claim in it.
    pub fn beside(path: &Path) -> Result<Self, DataFolderError> {
        let not_writable = |reason| DataFolderError::NotWritable {
            path: path.to_owned(),
            reason,
        };
        if !path.is_dir() {
            make(path).map_err(not_writable)?;
        }
        let lock = durable::open_or_create(&path.join(LOCK)).map_err(not_writable)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: Arc::new(lock),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder inside, made if it is missing.
    pub(crate) fn inner(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        if !path.is_dir() {
            make(&path)?;
        }
        Ok(path)
    }
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY)
        .create(path)?;
    // The umask may have taken rights away from the owner too.
    fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::DataFolder;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn problem(path: &Path) -> String {
        DataFolder::open(path).unwrap_err().to_string()
    }

    #[test]
    fn a_missing_folder_is_made_for_its_owner_only() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("a/data");
        let folder = DataFolder::open(&path).unwrap();
        let inner = folder.inner("files").unwrap();
        assert_eq!((mode(&path), mode(&inner)), (0o700, 0o700));
        assert_eq!(mode(&path.join("lock")), 0o600);
        assert_eq!(folder.path(), path);
    }

    #[test]
    fn a_folder_that_is_there_keeps_what_is_in_it() {
        let outer = tempfile::tempdir().unwrap();
        fs::write(outer.path().join("token.txt"), "mine").unwrap();
        DataFolder::open(outer.path()).unwrap();
        let kept = fs::read(outer.path().join("token.txt")).unwrap();
        assert_eq!(kept, b"mine");
    }

    #[test]
    fn what_is_no_folder_or_cannot_be_one_is_said_with_its_path_and_what_to_do() {
        let outer = tempfile::tempdir().unwrap();
        let file = outer.path().join("file");
        fs::write(&file, "").unwrap();
        let said = problem(&file);
        assert!(
            said.contains("file is not a folder") && said.contains("DATA_DIR"),
            "{said}"
        );
        let said = problem(&file.join("data"));
        assert!(
            said.contains("file/data cannot be written") && said.contains("DATA_DIR"),
            "{said}"
        );
        assert!(!said.contains('\n'));
        let said = problem(Path::new("/proc/flowgpt-data"));
        assert!(said.contains("cannot be written"), "{said}");
    }

    #[test]
    fn two_processes_never_hold_the_same_folder() {
        let outer = tempfile::tempdir().unwrap();
        let first = DataFolder::open(outer.path()).unwrap();
        let said = problem(outer.path());
        assert!(said.contains("in use by another FlowGPT"), "{said}");
        let clone = first.clone();
        drop(first);
        problem(outer.path());
        drop(clone);
        DataFolder::open(outer.path()).unwrap();
    }
}
