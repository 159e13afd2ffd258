//! `deny`: runs cargo-deny over `deny.toml` when it is installed. It is not part
//! of `test`, because building cargo-deny takes longer than the tests do.
//! Called by `cli`.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::process;

/// Returns whether the dependencies pass, having printed why not.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let installed = process::cargo(root)
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    if !installed.success() {
        eprintln!("cargo-deny is not installed. Run: cargo install --locked cargo-deny");
        return Ok(false);
    }
    let status = process::cargo(root)
        .args(["deny", "check", "bans", "licenses", "sources"])
        .status()
        .context("cannot start cargo deny")?;
    Ok(status.success())
}
