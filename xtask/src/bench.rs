//! `bench`: builds everything in release, runs the micro-benchmarks, then the load harness with
//! the arguments it was given. It measures nothing itself. Called by `cli`.

use std::fs;
use std::path::Path;
use std::process::Stdio;

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
    let micro = root.join("target").join("micro-benchmarks.txt");
    let is_whole = !arguments
        .iter()
        .any(|argument| argument.starts_with("--only"));
    if is_whole {
        run_micro(root, &micro)?;
    }
    let ran = process::cargo(root)
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "flowgpt-bench", "--"])
        .args(arguments)
        .args(is_whole.then_some("--micro"))
        .args(is_whole.then_some(&micro))
        .status()
        .context("cannot start the load harness")?;
    ensure!(ran.success(), "the load harness ended with {ran}");
    Ok(())
}

/// Runs the micro-benchmarks and keeps what they print.
fn run_micro(root: &Path, kept: &Path) -> Result<()> {
    let names = ["decode", "delta_apply", "proof_of_work", "reply"];
    let output = process::cargo(root)
        .args(["bench", "--locked", "--quiet"])
        .args([
            "--package",
            "sse",
            "--package",
            "chatgpt",
            "--package",
            "transcode",
        ])
        .args(names.iter().flat_map(|name| ["--bench", name]))
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start the micro-benchmarks")?;
    ensure!(output.status.success(), "the micro-benchmarks failed");
    fs::write(kept, output.stdout).with_context(|| format!("cannot write {}", kept.display()))
}
