//! The checks and tests of the pages in `ui/`: types, pure logic, what a page loads first, and
//! everything that people do with them in a real browser, against the debug binary. Called by
//! `test_run`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::rust_tests::{counts_of, forget};
use crate::junit::Counts;
use crate::process;
use crate::project::Project;

const LIMIT: Duration = Duration::from_mins(5);
const BROWSER_LIMIT: Duration = Duration::from_mins(20);

/// Where the tests in a browser are; those of the mirror need a simulator of their own.
const BROWSER_TESTS: [&str; 2] = ["e2e", "e2e/mirror"];

/// The packages of the pages; the build of the program has installed them, if it built the pages.
pub(crate) fn packages(project: &Project) -> Result<Counts> {
    if !folder(project).join("node_modules").is_dir() {
        let mut install = npm(project);
        install.args(["ci", "--no-audit", "--no-fund"]);
        process::run(&mut install, LIMIT)?;
    }
    Ok(Counts::default())
}

/// Types, also those of the templates.
pub(crate) fn types(project: &Project) -> Result<Counts> {
    process::run(npm(project).args(["run", "check"]), LIMIT)?;
    Ok(Counts::default())
}

/// Pure logic, in Node.
pub(crate) fn unit(project: &Project) -> Result<Counts> {
    let report = project.clients().join("pages.xml");
    let mut command = npm(project);
    command.args(["test", "--", "--reporter=default", "--reporter=junit"]);
    command.arg(format!("--outputFile.junit={}", report.display()));
    forget(&report)?;
    let outcome = process::run(&mut command, LIMIT);
    counts_of(&report, outcome)
}

/// Builds the pages once more: the program's own build of them must have the same bytes, and no
/// page loads more at first than it may.
pub(crate) fn build(project: &Project) -> Result<Counts> {
    process::run(npm(project).args(["run", "build"]), LIMIT)?;
    let again = digests(&folder(project).join("dist"))?;
    let embedded = digests(&project.target.join("flowgpt-ui").join("dist"))?;
    ensure!(again == embedded, "two builds of the pages differ");
    process::run(npm(project).args(["run", "budget"]), LIMIT)?;
    Ok(Counts::default())
}

/// The pages in a browser.
pub(crate) fn browser(project: &Project) -> Result<Counts> {
    let mut simulator = process::cargo(&project.root);
    // With the features that everything is built with, so that little is left to build.
    simulator.args(["build", "--workspace", "--example", "official", "--locked"]);
    process::run(&mut simulator, BROWSER_LIMIT)?;
    let report = project.clients().join("browser.xml");
    let mut command = Command::new("node");
    command.current_dir(folder(project));
    // One file after the other: two browsers at once would take each other's time.
    command.args(["--test", "--test-concurrency=1"]);
    command.args(["--test-reporter=spec", "--test-reporter-destination=stdout"]);
    command.arg("--test-reporter=junit");
    command.arg(format!("--test-reporter-destination={}", report.display()));
    for tests in BROWSER_TESTS {
        command.args(test_files(&folder(project).join(tests))?);
    }
    command.env("FLOWGPT_BIN", project.debug_binary());
    let simulator = project.target.join("debug").join("examples/official");
    command.env("OFFICIAL_SIMULATOR", simulator);
    command.env("NO_PROXY", "127.0.0.1,localhost");
    forget(&report)?;
    let outcome = process::run(&mut command, BROWSER_LIMIT);
    counts_of(&report, outcome)
}

/// The files with tests, in the order of their names.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).context("there are no tests of the pages")? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn folder(project: &Project) -> PathBuf {
    project.root.join("ui")
}

fn npm(project: &Project) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder(project));
    command
}

/// What is in a folder: each file's path and the digest of its bytes.
fn digests(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = fs::read_dir(&current);
        let entries = entries.with_context(|| format!("cannot read {}", current.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let digest = Sha256::digest(fs::read(&path)?).to_vec();
                found.insert(path.strip_prefix(folder)?.to_owned(), digest);
            }
        }
    }
    Ok(found)
}
