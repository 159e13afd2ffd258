//! Starting other programs: with the project as working directory, with a limit
//! on their time, and with what they print either passed on or passed on and kept.
//! Used by every task that runs cargo, Python or Node.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// How often a running program is asked whether it has ended.
const POLL: Duration = Duration::from_millis(50);

/// A cargo command in `root`. What `cargo run` adds to the environment of this
/// tool is taken out again: build scripts that watch it would run once more.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment of this tool, which is no part of the program"
)]
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let is_from_cargo_run = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if is_from_cargo_run {
            command.env_remove(name);
        }
    }
    command
}

/// Whether a program is there and can be started.
pub(crate) fn answers(program: impl AsRef<OsStr>) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program to its end; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
    let name = name(command);
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let status = wait(&mut child, limit, &name)?;
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(())
}

/// Runs a program to its end, passes on what it prints and also returns it,
/// with whether it succeeded.
pub(crate) fn run_and_keep(command: &mut Command, limit: Duration) -> Result<(bool, String)> {
    let name = name(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let output = child
        .stdout
        .take()
        .ok_or_else(|| anyhow!("{name} has no output"))?;
    let reader = thread::spawn(move || pass_on(output));
    let status = wait(&mut child, limit, &name)?;
    let kept = reader
        .join()
        .map_err(|_| anyhow!("cannot read from {name}"))??;
    let text = String::from_utf8(kept).with_context(|| format!("{name} printed no UTF-8"))?;
    Ok((status.success(), text))
}

fn pass_on(mut output: impl Read) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = output.read(&mut buffer)?;
        if count == 0 {
            return Ok(kept);
        }
        kept.extend_from_slice(&buffer[..count]);
        io::stdout().write_all(&buffer[..count])?;
    }
}

fn wait(child: &mut Child, limit: Duration, name: &str) -> Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("{name} was stopped after {} s", limit.as_secs());
        }
        thread::sleep(POLL);
    }
}

/// The program and its first argument, for messages.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name();
    program
        .into_iter()
        .chain(command.get_args().take(1))
        .filter_map(|part| part.to_str())
        .collect::<Vec<_>>()
        .join(" ")
}
