//! What is found at the start: whole files are taken in, what never became one is cleared
//! away, and what is damaged is left alone.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::index::Index;
use super::record::FileRecord;
use super::{CONTENT, content_file};
use crate::durable;
use crate::store_error::{Damaged, StoreError};

pub(super) fn recover(folder: &Path) -> Result<(Index, Vec<Damaged>), StoreError> {
    let mut index = Index::default();
    let mut damaged = Vec::new();
    let mut contents = Vec::new();
    let mut with_record = HashSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(OsStr::to_str) {
            Some(durable::PARTIAL) => durable::remove(&path)?,
            Some(CONTENT) => contents.push(path),
            Some(durable::JSON) => {
                with_record.insert(path.file_stem().map(OsStr::to_owned));
                match read(folder, &path) {
                    Ok(record) => {
                        index.put(record);
                    }
                    Err(reason) => damaged.push(Damaged { path, reason }),
                }
            }
            _ => {}
        }
    }
    // Contents get their name just before their record, so these never became a file, or
    // were deleted.
    for content in contents {
        if !with_record.contains(&content.file_stem().map(OsStr::to_owned)) {
            durable::remove(&content)?;
        }
    }
    Ok((index, damaged))
}

fn read(folder: &Path, path: &Path) -> Result<FileRecord, String> {
    let record: FileRecord = durable::read_json(path)?;
    if path.file_stem() != Some(OsStr::new(&record.id)) {
        return Err("its name is not the id in it".to_owned());
    }
    let content = fs::metadata(content_file(folder, &record.id));
    match content {
        Ok(it) if it.len() == record.bytes => Ok(record),
        Ok(it) => Err(format!(
            "its contents have {} bytes instead of {}",
            it.len(),
            record.bytes
        )),
        Err(error) => Err(format!("its contents cannot be found: {error}")),
    }
}
