//! `generate`: the docs that are written by the product itself. Today that is
//! `docs/settings.md`, from `flowgpt settings-reference`.
//! Called by `cli`, which asks cargo for the binary, and by `test_run`, which
//! has already built it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::finding::Finding;
use crate::process;

const SETTINGS: &str = "docs/settings.md";

/// The settings reference, from a binary that cargo builds when it is stale.
pub fn reference_from_cargo(root: &Path) -> Result<String> {
    let mut command = process::cargo(root);
    command.args(["run", "--quiet", "--package", "flowgpt", "--"]);
    reference(command)
}

/// The settings reference, from a binary that is there.
pub(crate) fn reference_from_binary(binary: &Path) -> Result<String> {
    reference(Command::new(binary))
}

fn reference(mut command: Command) -> Result<String> {
    let output = command
        .arg("settings-reference")
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start flowgpt settings-reference")?;
    if !output.status.success() {
        bail!("flowgpt settings-reference ended with {}", output.status);
    }
    let reference =
        String::from_utf8(output.stdout).context("the settings reference is not UTF-8")?;
    ensure!(
        !reference.trim().is_empty(),
        "flowgpt settings-reference printed nothing"
    );
    Ok(reference)
}

/// Writes the reference to its place below `root`, or only compares the two.
pub fn settle(root: &Path, reference: &str, check: bool) -> Result<Vec<Finding>> {
    let path = root.join(SETTINGS);
    if check {
        if fs::read_to_string(&path).is_ok_and(|written| written == reference) {
            return Ok(Vec::new());
        }
        return Ok(vec![Finding::failure(
            SETTINGS,
            "is not what the settings say. Run `cargo xtask generate` and commit the file.",
        )]);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, reference).with_context(|| format!("cannot write {SETTINGS}"))?;
    Ok(Vec::new())
}
