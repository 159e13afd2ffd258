//! Which Rust files belong to the project: what git tracks, and what it would
//! track if added. Build output and ignored files never appear.
//! Used by `check_size` and by the source scan of `check_layers`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// One Rust file, with `/` between the parts of its path.
pub(crate) struct SourceFile {
    /// The path from the root, as git prints it.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
}

/// Reads every `.rs` file below the given folders of `root`, in path order.
/// A file that git still lists but that is gone from the disk is left out.
pub(crate) fn read(root: &Path, folders: &[String]) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for path in listed(root)? {
        let wanted = Path::new(&path).extension().is_some_and(|end| end == "rs")
            && folders.iter().any(|folder| path.starts_with(folder));
        let on_disk = root.join(&path);
        if wanted && on_disk.is_file() {
            let text =
                fs::read_to_string(&on_disk).with_context(|| format!("cannot read {path}"))?;
            files.push(SourceFile { path, text });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|one, other| one.path == other.path);
    Ok(files)
}

fn listed(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others"])
        .arg("--exclude-standard")
        .current_dir(root)
        .output()
        .context("cannot start git")?;
    if !output.status.success() {
        bail!("git ls-files failed in {}", root.display());
    }
    let text = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    Ok(text
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect())
}
