//! `check-layers`: fails on an edge between crates, a foreign crate or a call
//! that the layers do not allow. It reads manifests and source, builds nothing,
//! and does not look at what foreign crates depend on in turn.
//! Called by `cli`, `test_run` and the tests, each with the root to look at.

mod edges;
mod source_scan;
mod table;

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::finding::Finding;

/// Checks the workspace at `root`; an empty list means that every rule holds.
pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let metadata = read_manifests(root)?;
    let mut findings = edges::check(&metadata);
    findings.extend(source_scan::check(root, &metadata)?);
    Ok(findings)
}

fn read_manifests(root: &Path) -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .with_context(|| format!("cannot read the manifests below {}", root.display()))
}
