//! The Rust tests of a test run: nextest for all but doctests, cargo for those.
//! Both find their code already built. Called by `test_run`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::junit::{self, Counts};
use crate::postgres::Server;
use crate::process;
use crate::project::Project;

const LIMIT: Duration = Duration::from_mins(30);

/// Every unit and integration test, counted from nextest's own report. Tests of
/// the database find the server by the variable they are handed.
pub(crate) fn nextest(project: &Project, server: Option<&Server>) -> Result<Counts> {
    // Nextest keeps its reports here wherever cargo builds.
    let report = project.root.join("target/nextest/ci/junit.xml");
    let mut command = process::cargo(&project.root);
    command.args(["nextest", "run", "--workspace", "--locked"]);
    command.args(["--profile", "ci", "--no-tests", "fail"]);
    if let Some(server) = server {
        server.address().hand_to(&mut command);
    }
    forget(&report)?;
    let outcome = process::run(&mut command, LIMIT);
    counts_of(&report, outcome)
}

/// Every example in the documentation, counted from cargo's closing lines.
pub(crate) fn doctests(project: &Project) -> Result<Counts> {
    let mut command = process::cargo(&project.root);
    command.args(["test", "--doc", "--workspace", "--locked", "--no-fail-fast"]);
    let (succeeded, output) = process::run_and_keep(&mut command, LIMIT)?;
    let counts = closing_lines(&output);
    if !succeeded && counts.failed == 0 {
        bail!("cargo test --doc failed");
    }
    Ok(counts)
}

/// Removes the report of an earlier run, so that it cannot be counted again.
pub(crate) fn forget(report: &Path) -> Result<()> {
    if report.exists() {
        fs::remove_file(report).with_context(|| format!("cannot remove {}", report.display()))?;
    }
    Ok(())
}

/// Counts a runner's report and holds it against how the runner ended. A runner
/// that failed without a failed test, or that ran no test, is one failure.
pub(crate) fn counts_of(report: &Path, outcome: Result<()>) -> Result<Counts> {
    let Ok(text) = fs::read_to_string(report) else {
        outcome?;
        bail!("there is no report at {}", report.display());
    };
    let mut counts = junit::count(&text);
    if let Err(error) = outcome {
        println!("error: {error:#}");
        counts.failed = counts.failed.max(1);
    }
    if counts.passed + counts.failed == 0 {
        bail!("no test ran");
    }
    Ok(counts)
}

/// Adds up lines such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn closing_lines(output: &str) -> Counts {
    let mut counts = Counts::default();
    for line in output.lines() {
        let Some((_, results)) = line.split_once("test result: ") else {
            continue;
        };
        counts.passed += number_before(results, " passed");
        counts.failed += number_before(results, " failed");
        counts.skipped += number_before(results, " ignored");
    }
    counts
}

fn number_before(text: &str, word: &str) -> usize {
    text.split_once(word)
        .and_then(|(before, _)| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Counts, closing_lines};

    #[test]
    fn closing_lines_are_added_up() {
        let output = "running 3 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 1 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let expected = Counts {
            passed: 3,
            failed: 4,
            skipped: 1,
        };
        assert_eq!(closing_lines(output), expected);
    }
}
