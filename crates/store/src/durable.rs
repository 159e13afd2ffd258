//! Files that are there whole or not at all, whatever ends the process.
//!
//! Written beside, synced, renamed, and the folder synced; readable by their owner only,
//! whatever the umask. All of it blocks.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The extension of what is not whole yet.
pub(crate) const PARTIAL: &str = "partial";

/// The extension of records.
pub(crate) const JSON: &str = "json";

/// Records are small; a longer one is not a record.
const MAX_JSON_BYTES: u64 = 4 << 20;

const OWNER_ONLY: u32 = 0o600;

/// Makes a file that must not be there yet.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true), path)
}

/// Opens a file, made if it is missing, to write.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create(true), path)
}

fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.mode(OWNER_ONLY).open(path)?;
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    Ok(file)
}

/// Writes a file, in place of one that may be there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_added_extension(PARTIAL);
    let written = write_partial(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        let _already_gone = fs::remove_file(&partial);
    }
    written?;
    sync_folder_of(path)
}

fn write_partial(partial: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private(
        OpenOptions::new().write(true).create(true).truncate(true),
        partial,
    )?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a record.
pub(crate) fn write_json(path: &Path, record: &impl Serialize) -> io::Result<()> {
    write(path, &serde_json::to_vec(record)?)
}

/// Reads a record, or says why it is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    file.take(MAX_JSON_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    // The error's own text may repeat what is in the record, which no log may show.
    serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("it is not what it should be at line {line}, column {column}")
    })
}

/// Removes a file for good; one that is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }?;
    sync_folder_of(path)
}

/// The folder a file is in; a bare name is in the one the process works in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().unwrap_or(path);
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// Waits until the names in the folder of a file are on the disk.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{folder_of, read_json, remove, write, write_json};

    #[test]
    fn a_file_is_replaced_whole_and_private_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write(&path, b"a longer first version").unwrap();
        write_json(&path, &7).unwrap();
        assert_eq!(read_json(&path), Ok(7));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert!(read_json::<u8>(&path).is_err());
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write(&path, b"1").unwrap();
        // A folder stands where the new version would be written.
        fs::create_dir(path.with_added_extension("partial")).unwrap();
        assert!(write(&path, b"2").is_err());
        assert_eq!(read_json(&path), Ok(1));
    }

    #[test]
    fn a_bare_name_is_in_the_folder_the_process_works_in() {
        assert_eq!(folder_of("a/b.db".as_ref()).to_str(), Some("a"));
        assert_eq!(folder_of("/b.db".as_ref()).to_str(), Some("/"));
        assert_eq!(folder_of("b.db".as_ref()).to_str(), Some("."));
    }
}
