//! The options of the command, and where the measured binary is looked for. Read by `run`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};

/// Measures the gateway against the simulator, both started by this command on loopback.
#[derive(Debug, Parser)]
#[command(name = "flowgpt-bench", version)]
pub(crate) struct Options {
    /// Seconds per measured window; without it 8, and 10 for the paced streams.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: Option<u64>,
    /// Only these scenarios, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Scenario>,
    /// Write the document here instead of printing it.
    #[arg(long, value_name = "PATH")]
    pub(crate) write: Option<PathBuf>,
    /// The output of the micro-benchmarks, to stand in the document too.
    #[arg(long, value_name = "PATH")]
    pub(crate) micro: Option<PathBuf>,
    /// The binary to measure; without it `release/flowgpt` in the target directory.
    #[arg(long, value_name = "PATH")]
    pub(crate) bin: Option<PathBuf>,
}

/// What can be measured, in the order of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Streamed chats, as many as possible.
    WholeChats,
    /// Streamed chats with answers ten times as long.
    LongChats,
    /// The same chats as one JSON answer each.
    WholeJson,
    /// The same chats straight at the simulator.
    BareBytes,
    /// Streams whose pieces come every 20 ms.
    PacedChunks,
    /// The time the gateway adds before the first text.
    FirstToken,
    /// Memory with 1,000 open streams.
    OpenStreams,
    /// Time until ready, and memory when idle.
    Start,
}

impl Options {
    /// The scenarios to run, in the order of the document.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        Scenario::value_variants()
            .iter()
            .copied()
            .filter(|scenario| self.only.is_empty() || self.only.contains(scenario))
            .collect()
    }

    /// The binary to measure, as an absolute path.
    pub(crate) fn binary(&self) -> Result<PathBuf> {
        let path = match &self.bin {
            Some(path) => path.clone(),
            None => target_directory().join("release").join("flowgpt"),
        };
        std::fs::canonicalize(&path)
            .with_context(|| format!("there is no binary at {}", path.display()))
    }
}

impl Scenario {
    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo's own variable, not a setting of the gateway"
)]
fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new("target").to_path_buf(),
        |folder| Path::new(&folder).to_path_buf(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_run_in_the_order_of_the_document() {
        let all = Options::parse_from(["bench"]).scenarios();
        assert_eq!(all.len(), 8);
        let some = Options::parse_from(["bench", "--only", "start,whole-chats"]).scenarios();
        assert_eq!(some, [Scenario::WholeChats, Scenario::Start]);
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        assert_eq!(Scenario::BareBytes.name(), "bare-bytes");
    }

    #[test]
    fn a_missing_binary_is_named() {
        let options = Options::parse_from(["bench", "--bin", "no/such/file"]);
        let error = options.binary().unwrap_err().to_string();
        assert_eq!(error, "there is no binary at no/such/file");
    }
}
