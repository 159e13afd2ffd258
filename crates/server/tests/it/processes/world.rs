//! A simulator that takes every RefreshToken once and no more, and the real program in front of it
//! as processes of its own, each with a data folder.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use simulator::{Options, RefreshFamily, Simulator, TokenSpec};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_util::task::TaskTracker;

use crate::support::{KEY, bound, client, now, question};

/// How long a test waits for something that should happen soon.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// As many processes as there are at most.
const FOLDERS: usize = 3;

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    /// Empty for the embedded database of the first folder.
    pub(crate) database_url: String,
    url: String,
    folders: Vec<TempDir>,
    _serving: TaskTracker,
}

impl World {
    /// With the embedded database.
    pub(crate) async fn embedded() -> Self {
        Self::on(String::new()).await
    }

    /// With a database on the server that the test command started.
    pub(crate) async fn on_postgres() -> Self {
        Self::on(new_database().await).await
    }

    async fn on(database_url: String) -> Self {
        let mut options = Options::new(Arc::new(now));
        options.sign_in.overlap = Duration::ZERO;
        options.sentinel.difficulty = None;
        let simulator = Simulator::new(options);
        let (listener, url) = bound().await;
        let serving = TaskTracker::new();
        serving.spawn(flowgpt::listener::serve(
            listener,
            simulator.router(),
            Duration::from_secs(10),
            flowgpt::lifecycle::Shutdown::default(),
        ));
        let folders = (0..FOLDERS).map(|_| tempfile::tempdir().unwrap());
        Self {
            simulator,
            database_url,
            url,
            folders: folders.collect(),
            _serving: serving,
        }
    }

    /// Where a process runs; its data is in `data` inside.
    pub(crate) fn folder(&self, folder: usize) -> &Path {
        self.folders[folder].path()
    }

    pub(crate) fn program(&self, folder: usize, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowgpt"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.folder(folder))
            .env("CHATGPT_BASE_URL", &self.url)
            .env("AUTH_BASE_URL", &self.url)
            .env("DATABASE_URL", &self.database_url)
            .env("FLOWGPT_MASTER_KEY", "07".repeat(32))
            .env("AUTHORIZATION", KEY)
            .env("ACCOUNT_CHECK_HOURS", "0")
            .env("LOG_LEVEL", "error");
        command
    }

    /// Runs a command that has to succeed; what it printed.
    pub(crate) fn run(&self, folder: usize, arguments: &[&str]) -> String {
        let output = self.program(folder, arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Takes accounts in by a file, as an operator does, each by its RefreshToken.
    pub(crate) fn import(&self, specs: &[TokenSpec]) {
        let mint = |spec| {
            self.simulator
                .mint_refresh_token(spec, RefreshFamily::Codex)
        };
        let tokens: Vec<String> = specs.iter().map(mint).collect();
        std::fs::write(self.folder(0).join("tokens.txt"), tokens.join("\n")).unwrap();
        self.run(0, &["account", "import", "tokens.txt"]);
    }

    /// Waits until `count` exchanges have begun.
    pub(crate) async fn has_begun(&self, count: u64) {
        wait_until("exchanges begin", async || {
            self.simulator.sign_in_log().begun >= count
        })
        .await;
    }

    /// No account was lost, and no token sent twice.
    pub(crate) fn lost_nothing(&self) {
        let log = self.simulator.sign_in_log();
        let seen = (log.overlapping, log.reused, log.under_way);
        assert_eq!(seen, (0, 0, 0), "overlapping, reused, under way");
        assert!(log.revoked_families.is_empty());
    }

    /// Removes the database.
    pub(crate) async fn end(self) {
        if self.database_url.is_empty() {
            return;
        }
        let url = reqwest::Url::parse(&self.database_url).unwrap();
        let name = url.path().trim_start_matches('/');
        let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
        let server = url.join("/postgres").unwrap();
        let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
        connection.execute(drop).await.unwrap();
    }
}

/// One process that serves; killed when it is dropped.
pub(crate) struct Gateway {
    child: Child,
    base_url: String,
    client: Client,
}

impl Gateway {
    pub(crate) async fn start(world: &World, folder: usize) -> Self {
        Self::of(world.program(folder, &["serve", "--port", "0", "--json"])).await
    }

    pub(crate) async fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map(|_| line)
        });
        let line = line.await.unwrap().unwrap();
        let line: Value = serde_json::from_str(&line).expect("the gateway does not start");
        Self {
            child,
            base_url: line["base_url"].as_str().unwrap().to_owned(),
            client: client(),
        }
    }

    /// The status of an answer.
    pub(crate) async fn ask(&self) -> u16 {
        self.ask_as(KEY, "simulate:echo hi").await
    }

    pub(crate) async fn ask_as(&self, key: &str, prompt: &str) -> u16 {
        let url = format!("{}/chat/completions", self.base_url);
        let request = self.client.post(url).bearer_auth(key);
        let sent = request.json(&question(prompt)).send().await;
        sent.unwrap().status().as_u16()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) async fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the gateway does not end");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _already_over = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Waits until something is so.
pub(crate) async fn wait_until(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// The address of a new database on the server that the test command started.
#[expect(
    clippy::disallowed_methods,
    reason = "how the test command hands it on"
)]
async fn new_database() -> String {
    let server = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is not set: run `cargo xtask test`, or `cargo xtask postgres`");
    let name = format!("t_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.unwrap();
    let mut url = reqwest::Url::parse(&server).unwrap();
    url.set_path(&name);
    url.into()
}
