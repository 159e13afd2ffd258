//! `flowgpt-bench`: measures the gateway process against the simulator process, both on this
//! machine, and writes what it found as a document. It is not part of the product and is started
//! by `cargo xtask bench`. The modules below are in reading order.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod cli;
mod run;

mod scenarios;

mod load;
mod tally;

mod chat;
mod direct_chat;
mod gateway_chat;

mod connection;
mod request;
mod response_head;

mod chunked;
mod event_counter;

mod flowgpt;
mod process;

mod machine;
mod proc_fs;

mod aims;
mod document;
mod numbers;
mod table;

#[cfg(test)]
mod fake_server;

use std::process::ExitCode;

use clap::Parser as _;

/// One thread, so that the client takes as little as possible from what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run::run(&cli::Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("flowgpt-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
