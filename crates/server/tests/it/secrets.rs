//! No secret of a run appears in its log, at any level.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;
use simulator::TokenSpec;

use crate::support::{Reply, TestApp, client, question};

const KEY: &str = "sk-canary-key";
const RELAY_KEY: &str = "canary-relay-key";
const PROMPT: &str = "simulate:echo canary-prompt";

#[tokio::test]
async fn the_log_of_a_run_holds_no_key_token_prompt_or_answer() {
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
    let account = upstream
        .simulator
        .mint_access_token(&TokenSpec::new("pool"));
    let own = upstream.simulator.mint_access_token(&TokenSpec::new("own"));

    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgpt"))
        .args(["serve", "--port", "0", "--json"])
        .env_clear()
        .envs([
            ("CHATGPT_BASE_URL", simulator_url.as_str()),
            ("AUTHORIZATION", KEY),
            ("ACCOUNTS", &account),
            ("AUTH_KEY", RELAY_KEY),
            ("LOG_LEVEL", "trace"),
            ("LOG_FORMAT", "json"),
        ])
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = child.stderr.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).map(|_| text)
    });
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let url = format!("{}/chat/completions", line["base_url"].as_str().unwrap());

    for (credential, prompt) in [
        (KEY, PROMPT),
        (&own, PROMPT),
        ("sk-canary-wrong", PROMPT),
        (KEY, "simulate:internal-error canary-prompt"),
        (KEY, "simulate:truncated canary-prompt"),
    ] {
        let mut body = question(prompt);
        body["stream"] = true.into();
        let request = client().post(&url).bearer_auth(credential).json(&body);
        Reply::read(request.send().await.unwrap()).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let log = tokio::task::spawn_blocking(move || reading.join())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    shutdown.soft.cancel();
    shutdown.hard.cancel();
    upstream.stop().await;

    assert!(
        log.contains("\"http.route\":\"/v1/chat/completions\""),
        "nothing was logged"
    );
    let payload = |token: &str| token.split('.').nth(1).unwrap().to_owned();
    for secret in [KEY, RELAY_KEY, "canary", &payload(&account), &payload(&own)] {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "a secret is in the log");
    }
}
