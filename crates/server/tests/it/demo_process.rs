//! `flowgpt demo` in a process of its own, for the tests of signals and of the demo itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{client, question};

/// A demo in a process of its own.
pub(crate) struct Demo {
    pub(crate) child: Child,
    pub(crate) url: String,
    /// The link that signs in to everything.
    pub(crate) entrance: String,
    base_url: String,
    key: String,
}

impl Demo {
    pub(crate) fn start(pace: &str, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowgpt"))
            .args(["demo", "--port", "0", "--json", "--pace", pace])
            .args(more)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        Self {
            base_url: text("base_url"),
            url: text("url"),
            entrance: text("entrance"),
            key: text("api_key"),
            child,
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    pub(crate) async fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the process did not end");
    }

    pub(crate) fn ask(&self, prompt: &str) -> reqwest::RequestBuilder {
        let mut body = question(prompt);
        body["stream"] = true.into();
        client()
            .post(format!("{}/chat/completions", self.base_url))
            .bearer_auth(&self.key)
            .json(&body)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
    }
}
