//! A secret of the program's own, made once and then kept: 32 bytes in a file.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::chance::Chance;
use crate::data_folder::DataFolder;
use crate::durable;

/// How secrets are kept; see [`SecretFile::load_or_create`].
#[derive(Debug)]
pub struct SecretFile;

/// A secret can neither be read nor made.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// What is there is not a secret of ours.
    #[error(
        "the secret {} has {length} bytes instead of 32; put the right file back, or remove it \
         for a new secret",
        path.display()
    )]
    WrongLength {
        /// The file.
        path: PathBuf,
        /// How long it is.
        length: u64,
    },
    /// The operating system failed.
    #[error("the secret {} cannot be read or written: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
}

impl SecretFile {
    /// The secret called `name`; made by chance if there is none, and never written over.
    pub fn load_or_create(
        folder: &DataFolder,
        name: &'static str,
        chance: &Chance,
    ) -> Result<[u8; 32], SecretFileError> {
        let path = folder.path().join(name);
        let failed = |reason| SecretFileError::Io {
            path: path.clone(),
            reason,
        };
        // The length first: what is there may be anything.
        match fs::metadata(&path) {
            Ok(it) if it.len() == 32 => {
                let bytes = fs::read(&path).map_err(failed)?;
                <[u8; 32]>::try_from(bytes).map_err(|it| SecretFileError::WrongLength {
                    path: path.clone(),
                    length: it.len() as u64,
                })
            }
            Ok(it) => Err(SecretFileError::WrongLength {
                path: path.clone(),
                length: it.len(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let secret = chance.bytes().map_err(failed)?;
                durable::write(&path, &secret).map_err(failed)?;
                Ok(secret)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::SecretFile;
    use crate::{Chance, DataFolder};

    #[test]
    fn a_secret_is_made_once_and_stays() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(outer.path()).unwrap();
        let chance = Chance::counting();
        let links = SecretFile::load_or_create(&folder, "links", &chance).unwrap();
        let again = SecretFile::load_or_create(&folder, "links", &chance).unwrap();
        let other = SecretFile::load_or_create(&folder, "other", &chance).unwrap();
        assert_eq!(links, again);
        assert_ne!(links, other);
        let mode = fs::metadata(outer.path().join("links")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_secret_of_another_length_is_an_error_and_is_left_alone() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(outer.path()).unwrap();
        let path = outer.path().join("links");
        for wrong in [0, 31, 33] {
            fs::write(&path, vec![1; wrong]).unwrap();
            let said = SecretFile::load_or_create(&folder, "links", &Chance::counting());
            let said = said.unwrap_err().to_string();
            assert!(
                said.contains(&format!("has {wrong} bytes instead of 32")),
                "{said}"
            );
            assert_eq!(fs::read(&path).unwrap(), vec![1; wrong]);
        }
    }
}
