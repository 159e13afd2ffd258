//! The program under test as processes: the gateway, and commands beside it. Each runs in the
//! folder of its pass, sees no environment but what it is given, and ends with its handle. Used by
//! `pass`, `importing` and `checks`.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A start that takes longer has failed, and so has an end or a command.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is started, and where.
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// A gateway's process.
pub(crate) struct Gateway {
    child: Child,
    started: Instant,
}

impl Program {
    /// Starts a gateway, which may not be ready yet.
    pub(crate) fn serve(&self) -> Result<Gateway> {
        let mut command = self.command(&["serve", "--port", "0", "--json"]);
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("gateway.log"))?;
        let command = command.stdout(Stdio::piped()).stderr(log);
        Ok(Gateway {
            child: command.spawn().context("the gateway cannot be started")?,
            started: Instant::now(),
        })
    }

    /// Starts a command, whose output is kept.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(arguments);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().context("a command cannot be started")
    }

    /// Runs a command to its end, and returns what it printed.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = ended(self.begin(arguments)?).await?;
        let printed = String::from_utf8(output.stdout)?;
        ensure!(
            output.status.success(),
            "`{}` failed: {printed}{}",
            arguments.join(" "),
            String::from_utf8(output.stderr)?
        );
        Ok(printed)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// Waits for a command's end.
pub(crate) async fn ended(child: Child) -> Result<Output> {
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    Ok(output.context("a command does not end")??)
}

impl Gateway {
    /// Waits until it serves; its URL, and how long it took since its start.
    pub(crate) async fn ready(&mut self) -> Result<(String, Duration)> {
        let output = self.child.stdout.take().context("it was ready before")?;
        let mut line = String::new();
        let mut output = BufReader::new(output);
        let read = timeout(PATIENCE, output.read_line(&mut line)).await;
        let took = self.started.elapsed();
        read.context("the gateway is not ready in time")??;
        let said: Value = serde_json::from_str(&line)
            .context("the gateway has ended instead of serving; see gateway.log")?;
        let url = said["url"].as_str().context("there is no URL")?;
        Ok((url.to_owned(), took))
    }

    /// Kills it, at whatever it is.
    pub(crate) async fn kill(mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(
            ended.is_none(),
            "the gateway has ended by itself; see gateway.log"
        );
        self.child.kill().await.context("it cannot be killed")
    }

    /// Asks it to stop, and waits until it has; how long that took.
    pub(crate) async fn terminate(mut self) -> Result<Duration> {
        let begun = Instant::now();
        let id = self.child.id().context("it has ended by itself")?;
        let sent = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await?;
        ensure!(sent.success(), "the signal was not sent");
        let Ok(status) = timeout(PATIENCE, self.child.wait()).await else {
            bail!("the gateway does not stop");
        };
        let status = status?;
        // Before it catches signals, it has begun nothing, and one just ends it.
        let is_young = self.child.stdout.is_some();
        ensure!(
            status.success() || is_young,
            "the gateway stopped with {status}"
        );
        Ok(begun.elapsed())
    }
}
