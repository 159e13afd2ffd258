//! `generate`: the docs that are written by the product itself.
//! Called by `cli`, which asks cargo for the binary, and by `test_run`, which
//! has already built it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::finding::Finding;
use crate::process;

/// Each file, and the command of the product that prints it.
pub const GENERATED: [(&str, &str); 2] = [
    ("docs/settings.md", "settings-reference"),
    ("docs/capabilities.md", "capabilities-reference"),
];

/// What a command prints, from a binary that cargo builds when it is stale.
pub fn reference_from_cargo(root: &Path, printed_by: &str) -> Result<String> {
    let mut command = process::cargo(root);
    command.args(["run", "--quiet", "--package", "flowgpt", "--"]);
    reference(command, printed_by)
}

/// What a command prints, from a binary that is there.
pub(crate) fn reference_from_binary(binary: &Path, printed_by: &str) -> Result<String> {
    reference(Command::new(binary), printed_by)
}

fn reference(mut command: Command, printed_by: &str) -> Result<String> {
    let output = command
        .arg(printed_by)
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start flowgpt {printed_by}"))?;
    if !output.status.success() {
        bail!("flowgpt {printed_by} ended with {}", output.status);
    }
    let reference = String::from_utf8(output.stdout)
        .with_context(|| format!("what flowgpt {printed_by} prints is not UTF-8"))?;
    ensure!(
        !reference.trim().is_empty(),
        "flowgpt {printed_by} printed nothing"
    );
    Ok(reference)
}

/// Writes a reference to its place below `root`, or only compares the two.
pub fn settle(root: &Path, file: &str, reference: &str, check: bool) -> Result<Vec<Finding>> {
    let path = root.join(file);
    if check {
        if fs::read_to_string(&path).is_ok_and(|written| written == reference) {
            return Ok(Vec::new());
        }
        return Ok(vec![Finding::failure(
            file,
            "is not what the program says. Run `cargo xtask generate` and commit the file.",
        )]);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, reference).with_context(|| format!("cannot write {file}"))?;
    Ok(Vec::new())
}
