//! `test`: installs what is missing, then runs every check and every test, on a
//! developer's machine as on the build machine. A failed check does not hide the
//! next; only a failed build ends the run early. The last line printed is
//! `N passed, N failed`. Called by `cli`.

mod checks;
mod clients;
mod install;
mod pages;
mod rust_tests;
mod summary;

use std::time::Instant;

use anyhow::{Context, Result};

use crate::chaos;
use crate::junit::Counts;
use crate::postgres::Server;
use crate::project::Project;
pub(crate) use rust_tests::{counts_of, forget};
use summary::{StepResult, Summary};

/// Runs everything and returns whether all of it held.
pub(crate) fn run(project: &Project) -> bool {
    let mut summary = Summary::default();
    let built = prepare(project, &mut summary);
    if built {
        check(project, &mut summary);
        test(project, &mut summary);
    } else {
        println!("\nThe build failed, so nothing after it was run.");
    }
    summary.print();
    summary.holds()
}

/// The tools, the form of the source and the build; returns whether it built.
fn prepare(project: &Project, summary: &mut Summary) -> bool {
    step(summary, "tools: nextest", || install::nextest(project));
    step(summary, "tools: Python", || install::python(project));
    step(summary, "tools: Node", || install::node(project));
    step(summary, "tools: C++", install::cpp_compiler);
    step(summary, "tools: browser", install::browser);
    step(summary, "format", || checks::format(project));
    step(summary, "build", || checks::build(project))
}

fn check(project: &Project, summary: &mut Summary) {
    step(summary, "clippy", || checks::clippy(project));
    step(summary, "rustdoc", || checks::rustdoc(project));
    step(summary, "check-layers", || checks::layers(project));
    step(summary, "check-size", || checks::size(project));
    step(summary, "generate --check", || checks::generated(project));
    step(summary, "typos", || checks::typos(project));
}

fn test(project: &Project, summary: &mut Summary) {
    // It stops at the end of this function, however the steps went.
    let server = start_postgres(summary);
    step(summary, "nextest", || {
        rust_tests::nextest(project, server.as_ref())
    });
    step(summary, "chaos", || {
        let server = server.as_ref().context("there is no PostgreSQL server")?;
        chaos::kill(project, server, chaos::KILLS, None)
    });
    step(summary, "doctests", || rust_tests::doctests(project));
    step(summary, "fuzz", || checks::fuzz(project));
    step(summary, "Python client", || clients::python(project));
    step(summary, "Node client", || clients::node(project));
    step(summary, "pages: packages", || pages::packages(project));
    step(summary, "pages: types", || pages::types(project));
    step(summary, "pages: unit", || pages::unit(project));
    step(summary, "pages: build", || pages::build(project));
    step(summary, "pages: browser", || pages::browser(project));
}

/// Starts the server that later steps are handed, or notes why there is none.
fn start_postgres(summary: &mut Summary) -> Option<Server> {
    let mut server = None;
    step(summary, "PostgreSQL", || {
        server = Some(Server::start()?);
        Ok(Counts::default())
    });
    server
}

/// Runs one step under a heading and notes how it went. An error counts as one
/// failure, a runner's failed tests as so many.
fn step(summary: &mut Summary, name: &'static str, work: impl FnOnce() -> Result<Counts>) -> bool {
    println!("\n=== {name} ===");
    let started = Instant::now();
    let outcome = work();
    let duration = started.elapsed();
    let counts = outcome.unwrap_or_else(|error| {
        println!("error: {error:#}");
        Counts {
            failed: 1,
            ..Counts::default()
        }
    });
    let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
    println!("=== {name}: {verdict}, {:.1} s ===", duration.as_secs_f64());
    summary.add(StepResult {
        name,
        counts,
        duration,
    });
    counts.failed == 0
}
