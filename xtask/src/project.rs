//! Where the project is: its root and its target directory, as cargo sees them.
//! `CARGO_TARGET_DIR` and `build.target-dir` are honoured because cargo is asked.
//! Used by every task that runs in the real tree; the checks take a root instead.

use std::path::PathBuf;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

/// The workspace this command was started in.
pub(crate) struct Project {
    /// The directory of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// The directory that cargo builds into.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Asks cargo about the workspace around the current directory.
    pub(crate) fn find() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .no_deps()
            .exec()
            .context("cannot read the workspace; start this inside the project")?;
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
        })
    }

    /// The product's debug binary, whether or not it has been built.
    pub(crate) fn debug_binary(&self) -> PathBuf {
        self.target.join("debug").join("flowgpt")
    }

    /// What the stock-client tests keep between runs.
    pub(crate) fn clients(&self) -> PathBuf {
        self.target.join("clients")
    }
}
