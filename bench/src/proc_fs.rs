//! Reads what the kernel tells about processes and the machine in `/proc`. Reading and parsing are
//! apart, so that the parsing can be tested. Used by `load`, `machine` and the scenarios.

use anyhow::{Context as _, Result};

use crate::numbers::count;

/// Clock ticks per second in `/proc/PID/stat`; Linux shows user space 100 on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// The memory of a process in megabytes of 1,000,000 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    /// Resident, pages shared with other processes included in full.
    pub(crate) rss_mb: f64,
    /// Resident, shared pages divided among those who share them.
    pub(crate) pss_mb: f64,
}

/// Processor time of a process in user and kernel mode, all its threads.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    parse_cpu_seconds(&stat).context("/proc/PID/stat is not as expected")
}

/// What memory a process has at this moment.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let status = read(&format!("/proc/{pid}/status"))?;
    let rollup = read(&format!("/proc/{pid}/smaps_rollup"))?;
    Ok(Memory {
        rss_mb: kilobytes(&status, "VmRSS").context("there is no VmRSS")?,
        pss_mb: kilobytes(&rollup, "Pss").context("there is no Pss")?,
    })
}

/// How many files this process, and so its children, may have open.
pub(crate) fn open_files_limit() -> Result<u64> {
    parse_open_files(&read("/proc/self/limits")?).context("/proc/self/limits is not as expected")
}

/// A file of `/proc` as text.
pub(crate) fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))
}

/// The value of a line `NAME: VALUE`.
pub(crate) fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim())
    })
}

/// The value of a line `NAME: N kB`, in megabytes. The kernel's kB have 1,024 bytes.
pub(crate) fn kilobytes(text: &str, name: &str) -> Option<f64> {
    let number: u64 = value(text, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(count(number) * 1024.0 / 1e6)
}

fn parse_cpu_seconds(stat: &str) -> Option<f64> {
    // The name in parentheses may itself hold spaces and parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let kernel: u64 = fields.next()?.parse().ok()?;
    Some(count(user + kernel) / TICKS_PER_SECOND)
}

fn parse_open_files(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_after_any_name() {
        let stat = "77 (a (b) c) S 1 77 77 0 -1 4194560 100 0 0 0 250 33 0 0 20 0 3 0 9 8 7";
        assert_eq!(parse_cpu_seconds(stat), Some(2.83));
        assert_eq!(parse_cpu_seconds("77 (name) S 1"), None);
    }

    #[test]
    fn memory_is_counted_in_bytes_of_the_kernel() {
        let status = "Name:\tflowgpt\nVmHWM:\t   90000 kB\nVmRSS:\t   12500 kB\n";
        assert_eq!(kilobytes(status, "VmRSS"), Some(12.8));
        assert_eq!(kilobytes(status, "Pss"), None);
        assert_eq!(kilobytes(status, "Name"), None);
    }

    #[test]
    fn the_limit_of_open_files_is_the_soft_one() {
        let limits = "Limit    Soft Limit  Hard Limit  Units\n\
            Max open files            1024                 524288               files\n";
        assert_eq!(parse_open_files(limits), Some(1024));
        let unlimited = "Max open files   unlimited  unlimited  files";
        assert_eq!(parse_open_files(unlimited), Some(u64::MAX));
    }

    #[test]
    fn this_process_can_be_read() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid).unwrap() >= 0.0);
        let memory = memory(pid).unwrap();
        assert!(memory.rss_mb > 0.1 && memory.pss_mb > 0.1);
        assert!(open_files_limit().unwrap() > 0);
    }
}
