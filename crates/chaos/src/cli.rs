//! The options of the command, and the server it finds by the tests' variable. Read by `run`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;

/// Ends the gateway at random moments, and checks that nothing was lost.
#[derive(Debug, Parser)]
#[command(name = "flowgpt-chaos", version)]
pub(crate) struct Options {
    /// How often the gateway is killed on each database.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) kills: u32,
    /// Decides what happens when; without it a new one is drawn, and printed.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// The program to end.
    #[arg(long, value_name = "PATH")]
    pub(crate) bin: PathBuf,
    /// Write what held and what did not here, as `JUnit` does.
    #[arg(long, value_name = "PATH")]
    pub(crate) report: PathBuf,
}

/// The PostgreSQL server for tests, by the variable that all tests find it by.
#[expect(
    clippy::disallowed_methods,
    reason = "how the test command hands it on"
)]
pub(crate) fn postgres_server() -> Result<String> {
    std::env::var("TEST_POSTGRES_URL")
        .context("TEST_POSTGRES_URL is not set: run `cargo xtask chaos`")
}
