//! `chaos`: ends the real program at random moments, on SQLite and PostgreSQL, and counts what held
//! afterwards. The work is done by the package `flowgpt-chaos`; this hands it the debug binary and
//! a server. Called by `cli` and `test_run`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::junit::Counts;
use crate::postgres::Server;
use crate::process;
use crate::project::Project;
use crate::test_run::{counts_of, forget};

const BUILD_LIMIT: Duration = Duration::from_mins(45);

/// The harness has limits of its own, and ends what it started when it passes one.
const LIMIT: Duration = Duration::from_mins(20);
const EACH_KILL: Duration = Duration::from_secs(8);

/// Kills on each database in a test run; it takes two to three minutes.
pub(crate) const KILLS: u32 = 150;

/// Builds what is needed, starts a server and runs the harness. Returns whether all held.
pub(crate) fn run(project: &Project, kills: u32, seed: Option<u64>) -> Result<bool> {
    let mut build = process::cargo(&project.root);
    // The same selection as in a test run, so that neither builds anew what the other has built.
    build.args(["build", "--workspace", "--bins", "--tests", "--locked"]);
    process::run(&mut build, BUILD_LIMIT)?;
    let server = Server::start()?;
    let counts = kill(project, &server, kills, seed)?;
    println!("{} passed, {} failed", counts.passed, counts.failed);
    Ok(counts.failed == 0)
}

/// Runs the harness, which is built; counts its properties.
pub(crate) fn kill(
    project: &Project,
    server: &Server,
    kills: u32,
    seed: Option<u64>,
) -> Result<Counts> {
    let harness = project.target.join("debug").join("flowgpt-chaos");
    ensure!(harness.is_file(), "{} is not built", harness.display());
    let report = project.target.join("chaos.xml");
    let mut command = Command::new(harness);
    command.current_dir(&project.root);
    command.arg("--kills").arg(kills.to_string());
    command.arg("--bin").arg(project.debug_binary());
    command.arg("--report").arg(&report);
    if let Some(seed) = seed {
        command.arg("--seed").arg(seed.to_string());
    }
    server.address().hand_to(&mut command);
    forget(&report)?;
    let outcome = process::run(&mut command, LIMIT + EACH_KILL * kills);
    counts_of(&report, outcome)
}
