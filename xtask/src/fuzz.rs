//! `fuzz`: builds the fuzz targets with the coverage libFuzzer asks for, on the stable toolchain,
//! and runs them for a while. A crash is left as a file to run the target with. Called by `cli`
//! and by `test_run`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::project::Project;

/// Every target of the package `fuzz`.
const TARGETS: [&str; 2] = ["answer", "stored"];

/// What `cargo fuzz` passes, without a sanitizer: those need another toolchain.
const RUSTFLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 \
    --cfg fuzzing";

/// Longer inputs find nothing that shorter ones do not.
const MAX_INPUT_BYTES: usize = 16 << 10;

/// An input that takes longer is a finding.
const MAX_SECONDS_PER_INPUT: usize = 10;

/// An input that needs more memory is a finding.
const MAX_MEGABYTES: usize = 2048;

const BUILD_LIMIT: Duration = Duration::from_mins(45);

/// Time to read the seeds and to write a report.
const GRACE: Duration = Duration::from_mins(2);

/// Runs one target, or all of them, for `seconds` in all; an error when one of them crashed.
pub(crate) fn run(project: &Project, seconds: u64, target: Option<&str>) -> Result<()> {
    let targets: Vec<&str> = match target {
        None => TARGETS.to_vec(),
        Some(name) if TARGETS.contains(&name) => vec![name],
        Some(name) => bail!(
            "there is no target \"{name}\"; there is {}",
            TARGETS.join(", ")
        ),
    };
    let host = host()?;
    build(project, &host)?;
    let share = (seconds / targets.len() as u64).max(1);
    for target in targets {
        run_target(project, &host, target, share)?;
    }
    Ok(())
}

fn folder(project: &Project) -> PathBuf {
    project.target.join("fuzz")
}

fn build(project: &Project, host: &str) -> Result<()> {
    let mut command = process::cargo(&project.root.join("fuzz"));
    command.env("RUSTFLAGS", RUSTFLAGS);
    // With a target named, the flags are not used for build scripts.
    command.args(["build", "--release", "--locked", "--target", host]);
    command.arg("--target-dir").arg(folder(project));
    process::run(&mut command, BUILD_LIMIT)
}

fn run_target(project: &Project, host: &str, target: &str, seconds: u64) -> Result<()> {
    // What is found goes to the first folder; the seeds are only read.
    let found = folder(project).join("corpus").join(target);
    let crashes = folder(project).join("crashes").join(target);
    for folder in [&found, &crashes] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let binary = folder(project).join(host).join("release").join(target);
    let mut command = Command::new(binary);
    command.arg(&found);
    command.arg(project.root.join("fuzz/corpus").join(target));
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={MAX_INPUT_BYTES}"));
    command.arg(format!("-timeout={MAX_SECONDS_PER_INPUT}"));
    command.arg(format!("-rss_limit_mb={MAX_MEGABYTES}"));
    command.arg(format!("-artifact_prefix={}/", crashes.display()));
    command.args(["-print_final_stats=1", "-verbosity=0"]);
    let limit = Duration::from_secs(seconds) + GRACE;
    process::run(&mut command, limit).with_context(|| {
        let crashes = crashes.display();
        format!("the fuzz target \"{target}\" failed; the input is in {crashes}")
    })
}

/// The triple of this machine, as rustc names it.
fn host() -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("cannot start rustc")?;
    let text = String::from_utf8(output.stdout).context("rustc printed no UTF-8")?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}
