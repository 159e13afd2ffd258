//! What the pages are built from, and a stamp that tells whether any of it changed.
//!
//! Line ends do not count: a checkout may have others. Used by the build script and its tests.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// What the built pages do not come from.
const NO_SOURCES: &[&str] = &["dist", "e2e", "fixtures", "node_modules", "screenshots"];

/// The files and folders at the top that the pages are built from.
pub(crate) fn roots(ui: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(ui).with_context(|| format!("{} cannot be read", ui.display()))?;
    let mut roots = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if !name.starts_with('.') && !NO_SOURCES.contains(&name) {
            roots.push(entry.path());
        }
    }
    roots.sort();
    Ok(roots)
}

/// A digest of all sources, with their names.
pub(crate) fn stamp(ui: &Path) -> Result<String> {
    let mut all = Sha256::new();
    for file in files(roots(ui)?)? {
        let name = file.strip_prefix(ui)?.to_str().unwrap_or_default();
        let mut content = fs::read(&file)?;
        content.retain(|byte| *byte != b'\r');
        all.update(name.replace('\\', "/"));
        all.update([0]);
        all.update(Sha256::digest(&content));
    }
    let mut text = String::new();
    for byte in all.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// Every file in these places, in order.
pub(crate) fn files(mut places: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    while let Some(place) = places.pop() {
        if !place.is_dir() {
            files.push(place);
            continue;
        }
        for entry in fs::read_dir(&place)? {
            places.push(entry?.path());
        }
    }
    files.sort();
    Ok(files)
}
