//! Logs: text or JSON lines on standard error.
//!
//! Called once by the commands that serve.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use crate::settings::LogFormat;

/// Starts logging at `level`.
pub(crate) fn start(level: &str, format: LogFormat) -> anyhow::Result<()> {
    // Not `EnvFilter`, which has something to do whenever a request goes on.
    let filter: Targets = level.parse().context("LOG_LEVEL")?;
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let logged = registry().with(filter);
    let started = match format {
        LogFormat::Text => logged.with(lines).try_init(),
        LogFormat::Json => logged.with(lines.json().flatten_event(true)).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}
