//! A capture's folder on the disk.
//!
//! What its files mean is the `capture` crate's. Called by `recorder` and by `flowgpt replay`.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use capture::{Capture, MANIFEST, Manifest};

/// A file larger than this is not one of a capture.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Reads a capture.
pub fn read(folder: &Path) -> anyhow::Result<Capture> {
    let shown = folder.display();
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("{shown} cannot be read"))?;
    for entry in entries {
        let path = entry?.path();
        let (Some(name), Some("json")) = (
            path.file_name().and_then(|it| it.to_str()),
            path.extension().and_then(|it| it.to_str()),
        ) else {
            continue;
        };
        if path.metadata()?.len() > MAX_FILE_BYTES {
            bail!("{} is too large for a file of a capture", path.display());
        }
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
        files.push((name.to_owned(), text));
    }
    Capture::read(files).with_context(|| format!("{shown} cannot be read as a capture"))
}

/// Makes a folder for a new capture and says in it what it is; refuses one that has something
/// in it.
pub(crate) fn create(folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("{shown} cannot be made"))?;
    let mut entries = fs::read_dir(folder).with_context(|| format!("{shown} cannot be read"))?;
    if entries.next().is_some() {
        bail!("{shown} is not empty; record into a folder of its own");
    }
    let text = serde_json::to_string_pretty(manifest)?;
    fs::write(folder.join(MANIFEST), text + "\n")
        .with_context(|| format!("{shown} cannot be written to"))
}
