//! A started program: its first line of output is read, the rest is drained, and it is ended when
//! its handle is dropped. It runs in an empty folder of its own and sees no environment but what
//! it is given, so that nothing on the machine changes what is measured. Used by `flowgpt`.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How long a program may take to print its first line.
const FIRST_LINE_LIMIT: Duration = Duration::from_secs(20);
/// How many lines of its errors are kept, to explain a program that does not start.
const KEPT_LINES: usize = 20;

/// A running program.
pub(crate) struct Process {
    child: Child,
    folder: PathBuf,
}

impl Process {
    /// Starts a program and returns with the first line that it prints.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<(Self, String)> {
        let folder = new_folder()?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(environment.iter().copied())
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut process = Self { child, folder };
        let errors = process.keep_errors();
        let Some(line) = process.first_line() else {
            let what = arguments.first().unwrap_or(&"");
            let errors = errors.lock().unwrap_or_else(PoisonError::into_inner);
            let errors: Vec<&str> = errors.iter().map(String::as_str).collect();
            bail!("`{what}` printed no first line\n{}", errors.join("\n"));
        };
        Ok((process, line))
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn first_line(&mut self) -> Option<String> {
        let output = self.child.stdout.take()?;
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || pass_first_line(output, &sender));
        receiver.recv_timeout(FIRST_LINE_LIMIT).ok()
    }

    fn keep_errors(&mut self) -> Arc<Mutex<VecDeque<String>>> {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(errors) = self.child.stderr.take() {
            let kept = Arc::clone(&kept);
            thread::spawn(move || keep_last_lines(errors, &kept));
        }
        kept
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody to tell about a folder that stays.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A folder that did not exist before.
fn new_folder() -> Result<PathBuf> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("flowgpt-bench-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).context("cannot make a folder for a program to run in")?;
    Ok(folder)
}

fn pass_first_line(output: impl Read, sender: &mpsc::SyncSender<String>) {
    let mut output = BufReader::with_capacity(64 * 1024, output);
    let mut line = String::new();
    if matches!(output.read_line(&mut line), Ok(1..)) && sender.send(line).is_ok() {
        // What follows is only kept from filling the pipe.
        let _ = io::copy(&mut output, &mut io::sink());
    }
}

fn keep_last_lines(errors: impl Read, kept: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8(line).unwrap_or_default();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, environment: &[(&str, &str)]) -> Result<(Process, String)> {
        Process::start(Path::new("/bin/sh"), &["-c", script], environment)
    }

    fn is_running(process: &mut Process) -> bool {
        matches!(process.child.try_wait(), Ok(None))
    }

    #[test]
    fn the_first_line_is_read_and_the_process_ends_with_its_handle() {
        let script = "echo \"first $NAME\"; echo second; exec sleep 100";
        let (mut process, line) = shell(script, &[("NAME", "line")]).unwrap();
        assert_eq!(line, "first line\n");
        assert!(is_running(&mut process));
        let path = format!("/proc/{}", process.id());
        assert!(process.folder.is_dir() && Path::new(&path).is_dir());
        let folder = process.folder.clone();
        drop(process);
        assert!(!folder.exists() && !Path::new(&path).exists());
    }

    #[test]
    fn a_program_that_says_nothing_is_explained_by_its_errors() {
        let error = shell("echo 'no port' >&2; sleep 0.1", &[]).err().unwrap();
        assert_eq!(error.to_string(), "`-c` printed no first line\nno port");
    }

    #[test]
    fn output_after_the_first_line_does_not_block() {
        let script = "echo first; head -c 1000000 /dev/zero; echo done >&2";
        let (mut process, _) = shell(script, &[("PATH", "/usr/bin:/bin")]).unwrap();
        for _ in 0..500 {
            if !is_running(&mut process) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the program is stuck");
    }
}
