//! Where and on what a measurement was made: the machine from `/proc`, the code from git, the date
//! from the clock. Used by `document`.

use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;

use crate::numbers::written;
use crate::proc_fs;

/// The circumstances of a run.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) memory: String,
    /// Processes that ran or waited to run, over the last minute before the run.
    pub(crate) load: String,
    pub(crate) commit: String,
    pub(crate) date: String,
}

impl Circumstances {
    /// Reads them; what cannot be found out is said to be unknown.
    pub(crate) fn read() -> Result<Self> {
        let processors = proc_fs::read("/proc/cpuinfo")?;
        let memory = proc_fs::read("/proc/meminfo")?;
        Ok(Self {
            processor: model(&processors).unwrap_or("unknown").to_owned(),
            cores: cores(&processors),
            kernel: proc_fs::read("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            memory: gigabytes(&memory).unwrap_or_else(|| "unknown".to_owned()),
            load: load(&proc_fs::read("/proc/loadavg")?).to_owned(),
            commit: commit(),
            date: date(now()?)?,
        })
    }
}

/// Names of the processor vary between architectures.
fn model(processors: &str) -> Option<&str> {
    ["model name", "Model", "cpu model", "uarch"]
        .into_iter()
        .find_map(|name| proc_fs::value(processors, name))
}

fn cores(processors: &str) -> usize {
    let is_core = |line: &&str| {
        line.split_once(':')
            .is_some_and(|(name, _)| name.trim() == "processor")
    };
    processors.lines().filter(is_core).count()
}

fn gigabytes(memory: &str) -> Option<String> {
    let megabytes = proc_fs::kilobytes(memory, "MemTotal")?;
    Some(format!("{} GB", written(megabytes / 1000.0, 1)))
}

fn load(averages: &str) -> &str {
    averages.split(' ').next().unwrap_or("unknown")
}

/// The commit that is checked out, and whether something has been changed since.
fn commit() -> String {
    let Some(hash) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    match git(&["status", "--porcelain"]).as_deref() {
        Some("") => hash,
        Some(_) => format!("{hash}, dirty"),
        None => format!("{hash}, perhaps dirty"),
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command-line tool that dates what it writes"
)]
fn now() -> Result<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(since.context("the clock is before 1970")?.as_secs())
}

fn date(seconds: u64) -> Result<String> {
    let time = Timestamp::from_second(i64::try_from(seconds)?);
    let time = time.map_err(|error| anyhow!("the clock cannot be right: {error}"))?;
    Ok(time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_read() {
        let processors = "processor\t: 0\nmodel name\t: Some CPU: fast\n\n\
            processor\t: 1\nmodel name\t: Some CPU: fast\n";
        assert_eq!(model(processors), Some("Some CPU: fast"));
        assert_eq!(cores(processors), 2);
        assert_eq!(model("processor : 0"), None);
        let memory = "MemTotal:       24684084 kB\nMemFree:  1 kB\n";
        assert_eq!(gigabytes(memory).as_deref(), Some("25.3 GB"));
        assert_eq!(load("0.25 0.50 0.75 1/99 1234\n"), "0.25");
    }

    #[test]
    fn dates_are_those_of_utc() {
        assert_eq!(date(1_764_946_800).unwrap(), "2025-12-05 15:00 UTC");
    }
}
