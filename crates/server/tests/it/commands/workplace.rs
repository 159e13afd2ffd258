//! A folder to run the program in, and the simulator that stands in for ChatGPT.

use std::fs;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use flowgpt::lifecycle::Shutdown;
use flowgpt::listener;
use serde_json::Value;
use simulator::{Options, RefreshFamily, Simulator, TokenSpec};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio_util::task::TaskTracker;

use crate::support::{bound, now};

/// No command may take longer.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// Where commands are run.
pub(super) struct Workplace {
    pub(super) folder: TempDir,
    pub(super) simulator: Simulator,
    /// Where the simulator is.
    pub(super) url: String,
    environment: Vec<(String, String)>,
    /// What no output may hold.
    secrets: Vec<String>,
    shutdown: Shutdown,
    tasks: TaskTracker,
}

/// A command that is over.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) status: ExitStatus,
    pub(super) out: String,
    pub(super) said: String,
}

/// A command that runs.
pub(super) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Workplace {
    pub(super) async fn new() -> Self {
        let mut options = Options::new(Arc::new(now));
        options.record = true;
        let simulator = Simulator::new(options);
        let (listener, url) = bound().await;
        let (tasks, shutdown) = (TaskTracker::new(), Shutdown::default());
        let router = simulator.router();
        let patience = PATIENCE;
        tasks.spawn(listener::serve(
            listener,
            router,
            patience,
            shutdown.clone(),
        ));
        let mut workplace = Self {
            folder: tempfile::tempdir().unwrap(),
            simulator,
            environment: Vec::new(),
            secrets: Vec::new(),
            shutdown,
            tasks,
            url,
        };
        let url = workplace.url.clone();
        workplace.set("CHATGPT_BASE_URL", &url);
        workplace.set("AUTH_BASE_URL", &url);
        workplace
    }

    /// Sets a variable for the commands that follow.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file in the folder.
    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// An AccessToken that no output may hold.
    pub(super) fn access_token(&mut self, spec: &TokenSpec) -> String {
        let token = self.simulator.mint_access_token(spec);
        self.keep_secret(&token);
        token
    }

    /// A RefreshToken that no output may hold.
    pub(super) fn refresh_token(&mut self, spec: &TokenSpec) -> String {
        let family = RefreshFamily::Codex;
        let token = self.simulator.mint_refresh_token(spec, family);
        self.keep_secret(&token);
        token
    }

    pub(super) fn keep_secret(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    /// Runs a command that must succeed.
    pub(super) async fn run(&self, arguments: &[&str]) -> Done {
        let done = self.run_with(arguments, "").await;
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {done:?}");
        done
    }

    /// Runs a command that must fail.
    pub(super) async fn fail(&self, arguments: &[&str]) -> Done {
        let done = self.run_with(arguments, "").await;
        assert_eq!(done.status.code(), Some(1), "{arguments:?}: {done:?}");
        done
    }

    /// Runs a command with `--json`, and reads what it prints.
    pub(super) async fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        self.run(&arguments).await.json()
    }

    /// Runs a command with something on its standard input.
    pub(super) async fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        drop(stdin);
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output());
        let output = output.await.expect("the command is not over").unwrap();
        let done = Done {
            status: output.status,
            out: String::from_utf8(output.stdout).unwrap(),
            said: String::from_utf8(output.stderr).unwrap(),
        };
        self.nothing_secret_in(&done.out);
        self.nothing_secret_in(&done.said);
        done
    }

    /// Begins a command that goes on for a while.
    pub(super) fn begin(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines }
    }

    pub(super) fn nothing_secret_in(&self, text: &str) {
        for secret in &self.secrets {
            assert!(!text.contains(secret), "a secret was printed: {text}");
        }
    }

    /// Ends the simulator.
    pub(super) async fn close(self) {
        self.shutdown.soft.cancel();
        self.shutdown.hard.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowgpt"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Done {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

impl Running {
    /// The next line that it prints.
    pub(super) async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.expect("nothing is printed").unwrap();
        line.expect("it is over already")
    }

    /// The next line that begins like this, after its spaces.
    pub(super) async fn line_with(&mut self, start: &str) -> String {
        loop {
            let line = self.line().await;
            if line.trim_start().starts_with(start) {
                return line.trim().to_owned();
            }
        }
    }

    /// The next line on standard error that begins like this, after its spaces.
    pub(super) async fn said_line_with(&mut self, start: &str) -> String {
        let stderr = self.child.stderr.as_mut().unwrap();
        let mut lines = BufReader::new(stderr).lines();
        let reading = async {
            loop {
                let line = lines
                    .next_line()
                    .await
                    .unwrap()
                    .expect("it is over already");
                if line.trim_start().starts_with(start) {
                    return line.trim().to_owned();
                }
            }
        };
        let line = tokio::time::timeout(PATIENCE, reading).await;
        line.expect("it is never said")
    }

    pub(super) async fn type_line(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        let line = format!("{text}\n");
        stdin.write_all(line.as_bytes()).await.unwrap();
    }

    /// Waits for its end; what else it printed.
    pub(super) async fn end(mut self) -> Done {
        let mut rest = Vec::new();
        let waiting = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                rest.push(line);
            }
            let mut said = String::new();
            let mut stderr = self.child.stderr.take().unwrap();
            stderr.read_to_string(&mut said).await.unwrap();
            (self.child.wait().await.unwrap(), said)
        };
        let (status, said) = tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the command is not over");
        Done {
            status,
            out: rest.join("\n"),
            said,
        }
    }

    /// Ends a program that serves, as an operator does.
    pub(super) async fn stop(self) {
        let id = self.child.id().unwrap().to_string();
        let kill = std::process::Command::new("kill").arg(id).status();
        assert!(kill.unwrap().success());
        let done = self.end().await;
        assert!(done.status.success(), "{done:?}");
    }
}

/// A program that serves in the workplace, and where.
pub(super) async fn serving(workplace: &Workplace) -> (Running, String) {
    let mut running = workplace.begin(&["serve", "--port", "0", "--json"]);
    let line = running.line().await;
    let line: Value = serde_json::from_str(&line).unwrap();
    (running, line["url"].as_str().unwrap().to_owned())
}
