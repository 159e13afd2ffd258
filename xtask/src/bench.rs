//! `bench`: builds everything in release, then runs the load harness with the
//! arguments it was given. It measures nothing itself. Called by `cli`.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::process;

/// Runs the harness with `arguments` and fails when it does.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let packages = ["--package", "flowgpt", "--package", "flowgpt-bench"];
    let built = process::cargo(root)
        .args(["build", "--release", "--locked"])
        .args(packages)
        .status()
        .context("cannot start cargo build")?;
    ensure!(built.success(), "the release build failed");
    let ran = process::cargo(root)
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "flowgpt-bench", "--"])
        .args(arguments)
        .status()
        .context("cannot start the load harness")?;
    ensure!(ran.success(), "the load harness ended with {ran}");
    Ok(())
}
