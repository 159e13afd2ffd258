//! No secret of a run appears in its log, at any level, nor in anything it stores.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use accounts::KeyPolicy;
use serde_json::Value;
use simulator::{RefreshFamily, Simulator, TokenSpec};
use tempfile::TempDir;

use crate::support::{Reply, TestApp, client, question};

const KEY: &str = "sk-canary-key";
const RELAY_KEY: &str = "canary-relay-key";
const SEED: &str = "canary seed of mine";
const PASSWORD: &str = "canary-admin-password";
const PROMPT: &str = "simulate:echo canary-prompt";

/// The program under test, with its log and its data folder.
struct Process {
    child: Child,
    log: JoinHandle<String>,
    base_url: String,
    folder: TempDir,
}

fn start(settings: &[(&str, &str)]) -> Process {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgpt"))
        .args(["serve", "--port", "0", "--json"])
        .env_clear()
        .envs(settings.iter().copied())
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = child.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    Process {
        child,
        log,
        base_url: line["base_url"].as_str().unwrap().to_owned(),
        folder,
    }
}

impl Process {
    /// Ends it, and gives what it logged and where it stored things.
    async fn end(mut self) -> (String, TempDir) {
        // Killed, so that nothing is tidied up on the way out.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let log = tokio::task::spawn_blocking(move || self.log.join());
        (log.await.unwrap().unwrap(), self.folder)
    }
}

/// Tokens of every kind.
struct Tokens {
    pool: String,
    pool_refresh: String,
    own: String,
    own_refresh: String,
    own_session: String,
    /// Renewing it fails in a way that quotes it.
    refused: String,
}

impl Tokens {
    fn mint(simulator: &Simulator) -> Self {
        let access = |name: &str| simulator.mint_access_token(&TokenSpec::new(name));
        let refresh = |spec: &TokenSpec| simulator.mint_refresh_token(spec, RefreshFamily::Codex);
        let mut refused = TokenSpec::new("refused");
        refused.fault = Some("refresh-html".into());
        Self {
            pool: access("pool"),
            pool_refresh: refresh(&TokenSpec::new("pool-refresh")),
            own: access("own"),
            own_refresh: refresh(&TokenSpec::new("own-refresh")),
            own_session: simulator.mint_session_token(&TokenSpec::new("own-session")),
            refused: refresh(&refused),
        }
    }

    /// What of each must not be found: the part that says whose it is, and the signature.
    fn secrets(&self) -> Vec<String> {
        let all = [
            &self.pool,
            &self.pool_refresh,
            &self.own,
            &self.own_refresh,
            &self.own_session,
            &self.refused,
        ];
        let parts = |token: &&String| {
            let parts = token.split(['.', '_']).filter(|part| part.len() > 40);
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        let secrets: Vec<_> = all.iter().flat_map(parts).collect();
        assert!(secrets.len() >= 6, "{secrets:?}");
        secrets
    }
}

#[tokio::test]
async fn neither_log_nor_data_folder_of_a_run_hold_a_key_token_seed_password_or_prompt() {
    // Only its simulator is used; the gateway under test is a process of its own.
    let upstream = TestApp::start().await;
    let (listener, simulator_url) = crate::support::bound().await;
    let shutdown = flowgpt::lifecycle::Shutdown::default();
    let timeout = std::time::Duration::from_secs(10);
    let serving = tokio_util::task::TaskTracker::new();
    serving.spawn(flowgpt::listener::serve(
        listener,
        upstream.simulator.router(),
        timeout,
        shutdown.clone(),
    ));
    let tokens = Tokens::mint(&upstream.simulator);
    let listed = [&tokens.pool, &tokens.pool_refresh, &tokens.refused].map(String::as_str);
    let process = start(&[
        ("CHATGPT_BASE_URL", simulator_url.as_str()),
        ("AUTH_BASE_URL", simulator_url.as_str()),
        ("AUTHORIZATION", KEY),
        ("ACCOUNTS", &listed.join(",")),
        ("RANDOM_TOKEN", "false"),
        ("HISTORY_DISABLED", "false"),
        ("AUTH_KEY", RELAY_KEY),
        ("ADMIN_PASSWORD", PASSWORD),
        ("LOG_LEVEL", "trace"),
        ("LOG_FORMAT", "json"),
    ]);
    let url = format!("{}/chat/completions", process.base_url);
    for (credential, prompt) in [
        (KEY, PROMPT),
        (KEY, PROMPT),
        (KEY, PROMPT),
        (SEED, PROMPT),
        (&tokens.own, PROMPT),
        (&tokens.own_refresh, PROMPT),
        (&tokens.own_refresh, PROMPT),
        (&tokens.own_session, PROMPT),
        ("sk-canary-wrong", PROMPT),
        (
            "rt_canary-that-nobody-has-ever-given-to-anybody-0000000000000",
            PROMPT,
        ),
        (KEY, "simulate:internal-error canary-prompt"),
        (KEY, "simulate:truncated canary-prompt"),
        (KEY, "simulate:invalid-jwt canary-prompt"),
    ] {
        let mut body = question(prompt);
        body["stream"] = true.into();
        let request = client().post(&url).bearer_auth(credential).json(&body);
        Reply::read(request.send().await.unwrap()).await;
    }
    let (log, folder) = process.end().await;
    shutdown.soft.cancel();
    shutdown.hard.cancel();
    upstream.stop().await;

    assert!(
        log.contains("\"http.route\":\"/v1/chat/completions\""),
        "nothing was logged"
    );
    let files = files(folder.path());
    assert!(
        files.iter().any(|it| it.ends_with("flowgpt.db")),
        "{files:?}"
    );
    let mut secrets = tokens.secrets();
    secrets.push("canary".into());
    for secret in &secrets {
        let found = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(found, None, "a secret is in the log");
        for file in &files {
            let found = holds(&fs::read(file).unwrap(), secret);
            assert!(!found, "a secret is in {}", file.display());
        }
    }
}

#[tokio::test]
async fn the_search_finds_a_secret_that_was_planted() {
    let folder = tempfile::tempdir().unwrap();
    let app = crate::support::Setup::new()
        .in_folder(&folder)
        .start()
        .await;
    let new = accounts::NewManagedKey {
        // A name is not sealed: whoever puts a secret there has planted it.
        name: "planted-canary".into(),
        policy: KeyPolicy::default(),
        expires_at: None,
    };
    let made = app.app.keys().create(new, &[9; 64], 0).await.unwrap();
    app.stop().await;
    let files = files(folder.path());
    let found = |secret: &str| {
        let mut contents = files.iter().map(|it| fs::read(it).unwrap());
        contents.any(|it| holds(&it, secret))
    };
    assert!(found("planted-canary"));
    assert!(!found(secrecy::ExposeSecret::expose_secret(&made.secret)));
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn holds(content: &[u8], secret: &str) -> bool {
    content
        .windows(secret.len())
        .any(|it| it == secret.as_bytes())
}
