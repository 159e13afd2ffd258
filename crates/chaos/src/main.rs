//! `flowgpt-chaos`: ends the real program again and again at random moments, in front of a
//! simulator that goes on, and then checks from the simulator's log and the database that nothing
//! was lost or counted twice. It is not part of the product and is started by `cargo xtask chaos`
//! and by the test command. The modules below are in reading order.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod cli;
mod run;

mod pass;

mod fleet;
mod importing;
mod traffic;

mod checks;
mod verdict;

mod database;
mod program;
mod sealed;
mod upstream;

mod http_client;

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match run::run(&cli::Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("flowgpt-chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}
