//! Large files pass through the program without staying in its memory.
//!
//! The program and the simulator run as processes of their own, so that only the program's
//! memory counts. The figures are printed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use futures_util::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{KEY, Reply, client};

/// A file of 30 MB, and one of 200 MB that several callers read at once, may cost this much.
///
/// Each connection has buffers of 64 KiB on either side and an HTTP client's of some hundreds;
/// an unoptimised build adds its own. A file held whole would cost many times as much.
const MAX_GROWTH_KIB: u64 = 48 << 10;

const LARGE_BYTES: usize = 200_000_000;

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _already_over = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Starts a command of the program in `folder`, and reads the line it prints first.
async fn start(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> (Process, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgpt"))
        .args(arguments)
        .args(["--json", "--port", "0"])
        .envs(settings.iter().copied())
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = tokio::process::ChildStdout::from_std(child.stdout.take().unwrap()).unwrap();
    let process = Process(child);
    let line = BufReader::new(output).lines().next_line().await.unwrap();
    (process, serde_json::from_str(&line.unwrap()).unwrap())
}

/// The most memory a process has had, in KiB.
fn peak_kib(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Downloads the simulator's large file, whose byte n is n modulo 251, and looks at every byte.
async fn download(link: String) -> usize {
    let pattern: Vec<u8> = (0..251u8).cycle().take(1 << 20).collect();
    let response = client().get(link).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut pieces = response.bytes_stream();
    let mut received = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.unwrap();
        let start = received % 251;
        assert!(
            piece == pattern[start..start + piece.len()],
            "at {received}"
        );
        received += piece.len();
    }
    received
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures are what the test is for")]
async fn large_files_stream_through_without_staying() {
    let folder = tempfile::tempdir().unwrap();
    let pace = ["simulate", "--pace", "instant"];
    let (_upstream, simulated) = start(folder.path(), &pace, &[]).await;
    let settings = [
        (
            "CHATGPT_BASE_URL",
            simulated["simulator_url"].as_str().unwrap(),
        ),
        ("ACCOUNTS", simulated["access_token"].as_str().unwrap()),
        ("AUTHORIZATION", KEY),
    ];
    let (gateway, started) = start(folder.path(), &["serve"], &settings).await;
    let base = started["base_url"].as_str().unwrap();
    let ask = async |content: Value| {
        let body = json!({"model": "auto", "messages": [{"role": "user", "content": content}],
            "stream": true});
        let url = format!("{base}/chat/completions");
        let request = client().post(url).bearer_auth(KEY).json(&body);
        Reply::read(request.send().await.unwrap()).await
    };
    assert!(ask(json!("Hello")).await.is_done());
    let idle = peak_kib(&gateway);

    let content: Vec<u8> = (0..30_000_000u32)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let hash: [u8; 32] = Sha256::digest(&content).into();
    let form = reqwest::multipart::Form::new()
        .text("purpose", "user_data")
        .part(
            "file",
            reqwest::multipart::Part::bytes(content).file_name("large.bin"),
        );
    let request = client()
        .post(format!("{base}/files"))
        .bearer_auth(KEY)
        .multipart(form);
    let file = Reply::read(request.send().await.unwrap()).await.json();
    assert_eq!(file["bytes"], 30_000_000);
    let said = ask(json!([{"type": "file", "file": {"file_id": file["id"]}},
        {"type": "text", "text": "simulate:describe"}]))
    .await
    .deltas("content");
    let half: [u8; 8] = hash[..8].try_into().unwrap();
    assert!(
        said.contains(&format!("{:016x}", u64::from_be_bytes(half))),
        "{said}"
    );
    let uploaded = peak_kib(&gateway) - idle;

    let text = ask(json!("simulate:code-large")).await.deltas("content");
    let start = text.find("](http").unwrap() + 2;
    let link = &text[start..start + text[start..].find(')').unwrap()];
    assert_eq!(download(link.to_owned()).await, LARGE_BYTES);
    let one = peak_kib(&gateway) - idle;
    let mut downloads = tokio::task::JoinSet::new();
    for _ in 0..4 {
        downloads.spawn(download(link.to_owned()));
    }
    assert_eq!(downloads.join_all().await, [LARGE_BYTES; 4]);
    let all = peak_kib(&gateway) - idle;
    println!(
        "memory in KiB: {idle} idle; more at the peak: {uploaded} after 30 MB up and on, \
         {one} after 200 MB down, {all} after four times 200 MB down at once"
    );
    assert!(all < MAX_GROWTH_KIB, "{all} KiB more than when idle");
}
