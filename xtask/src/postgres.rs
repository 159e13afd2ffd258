//! A PostgreSQL server for the tests: one of its own, with an empty cluster that
//! is gone when the server stops. It is not for data anybody keeps, and it leaves
//! the machine's own server alone. Used by `test_run`, and by `cli` for developers
//! who run the tests by hand.

mod address;
mod programs;
mod server;

pub use address::{Address, URL_VARIABLE};
pub use programs::Programs;
pub(crate) use server::Server;

use std::io;

use anyhow::{Context, Result};

/// Starts the server, says where it is and keeps it until the input ends. When
/// this process is killed instead, with Ctrl-C for one, the server stops as well.
pub(crate) fn run() -> Result<()> {
    let server = Server::start()?;
    println!("{URL_VARIABLE}={}", server.address().url());
    eprintln!("The server stops with Ctrl-C or at the end of the input.");
    io::copy(&mut io::stdin(), &mut io::sink()).context("cannot read the input")?;
    Ok(())
}
