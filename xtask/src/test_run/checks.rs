//! The steps of a test run that are not tests: format, build, lints, docs, the
//! project's own checks and spelling. Each returns no counts when it holds and
//! an error when it does not. Called by `test_run`, in its order.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::install;
use crate::finding::{self, Finding};
use crate::junit::Counts;
use crate::project::Project;
use crate::{check_layers, check_size, fuzz, generate, process};

const BUILD_LIMIT: Duration = Duration::from_mins(45);
const FUZZ_SECONDS: u64 = 120;
const SHORT_LIMIT: Duration = Duration::from_mins(2);

/// `cargo fmt --check`.
pub(crate) fn format(project: &Project) -> Result<Counts> {
    cargo(project, &["fmt", "--all", "--check"])
}

/// Builds the binaries and the tests together, so that both have the same
/// features and the tests later find everything built.
pub(crate) fn build(project: &Project) -> Result<Counts> {
    let arguments = ["build", "--workspace", "--bins", "--tests", "--locked"];
    cargo(project, &arguments)
}

/// Clippy over everything, warnings as errors.
pub(crate) fn clippy(project: &Project) -> Result<Counts> {
    let what = ["clippy", "--workspace", "--all-targets", "--locked"];
    cargo(project, &[&what[..], &["--", "-D", "warnings"]].concat())
}

/// The documentation, warnings as errors.
pub(crate) fn rustdoc(project: &Project) -> Result<Counts> {
    let mut command = process::cargo(&project.root);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command.args(["doc", "--workspace", "--no-deps", "--locked"]);
    command.arg("--document-private-items");
    process::run(&mut command, BUILD_LIMIT)?;
    Ok(Counts::default())
}

/// `check-layers` on this project.
pub(crate) fn layers(project: &Project) -> Result<Counts> {
    settle("check-layers", &check_layers::check(&project.root)?)
}

/// `check-size` on this project.
pub(crate) fn size(project: &Project) -> Result<Counts> {
    settle("check-size", &check_size::check(&project.root, false)?)
}

/// `generate --check`, with the binary that `build` made.
pub(crate) fn generated(project: &Project) -> Result<Counts> {
    let mut findings = Vec::new();
    for (file, printed_by) in generate::GENERATED {
        let reference = generate::reference_from_binary(&project.debug_binary(), printed_by)?;
        findings.extend(generate::settle(&project.root, file, &reference, true)?);
    }
    settle("generate --check", &findings)
}

/// A short run of all fuzz targets.
pub(crate) fn fuzz(project: &Project) -> Result<Counts> {
    fuzz::run(project, FUZZ_SECONDS, None)?;
    Ok(Counts::default())
}

/// Spelling, by the rules in `typos.toml`.
pub(crate) fn typos(project: &Project) -> Result<Counts> {
    let mut command = Command::new(install::typos_binary(project));
    command.current_dir(&project.root);
    process::run(&mut command, SHORT_LIMIT)?;
    Ok(Counts::default())
}

fn cargo(project: &Project, arguments: &[&str]) -> Result<Counts> {
    let mut command = process::cargo(&project.root);
    process::run(command.args(arguments), BUILD_LIMIT)?;
    Ok(Counts::default())
}

fn settle(check: &str, findings: &[Finding]) -> Result<Counts> {
    if !finding::report(check, findings) {
        bail!("{check} does not hold");
    }
    Ok(Counts::default())
}
