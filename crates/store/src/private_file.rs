//! A file outside the data folder that an operator asked for: readable by its owner only, whole
//! on the disk, and never in place of another. Blocks. Called by the command line.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::durable;

/// The file was not written.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// Something has that name.
    #[error("{} is there already; choose another name", .0.display())]
    Exists(PathBuf),
    /// The operating system did not let it be written.
    #[error("{} cannot be written: {reason}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
}

/// Writes a new file.
pub fn write_private_file(path: &Path, content: &[u8]) -> Result<(), PrivateFileError> {
    let not_written = |reason| PrivateFileError::NotWritten {
        path: path.to_owned(),
        reason,
    };
    let mut file = match durable::create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(PrivateFileError::Exists(path.to_owned()));
        }
        Err(error) => return Err(not_written(error)),
    };
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| durable::sync_folder_of(path));
    if written.is_err() {
        let _may_be_gone = fs::remove_file(path);
    }
    written.map_err(not_written)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{PrivateFileError, write_private_file};

    #[test]
    fn a_file_is_for_its_owner_only_and_never_in_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.export");
        write_private_file(&path, b"first").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = write_private_file(&path, b"second");
        assert!(matches!(second, Err(PrivateFileError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        let nowhere = write_private_file(&path.join("inside"), b"third");
        assert!(matches!(nowhere, Err(PrivateFileError::NotWritten { .. })));
    }
}
