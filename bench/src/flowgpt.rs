//! Starts the measured binary: as the simulator, and as a gateway in front of one. What it is told
//! and what it prints first is all this file knows. Used by the scenarios.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::load::Watched;
use crate::process::Process;

/// The key the gateway accepts.
pub(crate) const GATEWAY_KEY: &str = "sk-bench";

/// Where the binary is, and how long to measure.
pub(crate) struct Bench {
    pub(crate) binary: PathBuf,
    /// The length of a window, if it was chosen.
    pub(crate) seconds: Option<u64>,
}

impl Bench {
    /// The length of a window, if nobody chose another.
    pub(crate) fn window(&self, seconds: u64) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(seconds))
    }
}

/// A running simulator.
pub(crate) struct Simulator {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    pub(crate) access_token: String,
    url: String,
}

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

#[derive(Deserialize)]
struct SimulatorLine {
    simulator_url: String,
    access_token: String,
}

#[derive(Deserialize)]
struct GatewayLine {
    url: String,
}

impl Simulator {
    /// Starts one with a pace and a difficulty of the proof of work.
    pub(crate) fn start(binary: &Path, pace: &str, difficulty: &str) -> Result<Self> {
        let arguments = [
            "simulate",
            "--port",
            "0",
            "--json",
            "--pace",
            pace,
            "--difficulty",
            difficulty,
        ];
        let (process, line) = Process::start(binary, &arguments, &[])?;
        let line: SimulatorLine =
            serde_json::from_str(&line).context("the simulator's first line is not as expected")?;
        Ok(Self {
            process,
            address: address(&line.simulator_url)?,
            access_token: line.access_token,
            url: line.simulator_url,
        })
    }
}

/// What a gateway writes into its log by default.
pub(crate) const DEFAULT_LOG: &[(&str, &str)] = &[("LOG_LEVEL", "info")];

impl Gateway {
    /// Starts one with the simulator's account.
    pub(crate) fn start(
        binary: &Path,
        simulator: &Simulator,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let mut environment = vec![
            ("CHATGPT_BASE_URL", simulator.url.as_str()),
            ("AUTHORIZATION", GATEWAY_KEY),
            ("ACCOUNTS", simulator.access_token.as_str()),
        ];
        environment.extend_from_slice(settings);
        let arguments = ["serve", "--port", "0", "--json"];
        let (process, line) = Process::start(binary, &arguments, &environment)?;
        let line: GatewayLine =
            serde_json::from_str(&line).context("the gateway's first line is not as expected")?;
        Ok(Self {
            process,
            address: address(&line.url)?,
        })
    }

    /// Both processes, for a load to watch.
    pub(crate) fn watched_with(&self, simulator: &Simulator) -> Watched {
        Watched {
            gateway: Some(self.process.id()),
            simulator: simulator.process.id(),
        }
    }
}

/// The address of a URL such as `http://127.0.0.1:5005`, which must be of this machine.
fn address(url: &str) -> Result<SocketAddr> {
    let address: SocketAddr = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
        .and_then(|rest| rest.parse().ok())
        .with_context(|| format!("{url} is not the URL of an address"))?;
    ensure!(address.ip().is_loopback(), "{url} is not on loopback");
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_measured() {
        let address_of = |url| address(url).map(|address| address.to_string());
        assert_eq!(address_of("http://127.0.0.1:80").unwrap(), "127.0.0.1:80");
        assert_eq!(address_of("http://[::1]:81/").unwrap(), "[::1]:81");
        for url in [
            "http://192.0.2.1:80",
            "https://127.0.0.1:80",
            "http://host:1",
        ] {
            assert!(address(url).is_err(), "{url}");
        }
    }
}
