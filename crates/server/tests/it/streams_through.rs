//! Large files pass through the program without staying in its memory.
//!
//! The program and the simulator run as processes of their own, so that only the program's
//! memory counts. The figures are printed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{KEY, Reply, client};

/// A file of 30 MB on its way in and on may cost this much; held whole it would cost twice as
/// much, and with a copy for upstream four times.
const MAX_UPLOAD_GROWTH_KIB: u64 = 15 << 10;

/// All of it, with a file of 200 MB that several callers read at once, may cost this much.
///
/// Each connection has buffers of 64 KiB on either side and an HTTP client's of some hundreds;
/// an unoptimised build adds its own. A file held whole would cost at least four times as much.
const MAX_GROWTH_KIB: u64 = 48 << 10;

const LARGE_BYTES: usize = 200_000_000;

/// Callers that download at once.
const AT_ONCE: usize = 4;

struct Process(Child);

impl Process {
    /// The most memory it has had, in KiB.
    fn peak_kib(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// The memory it has now, in KiB.
    fn resident_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        value
            .and_then(|value| value.split_whitespace().next())
            .unwrap()
            .parse()
            .unwrap()
    }
}

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
        .env_clear()
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

/// A download that has begun: its first piece is there, and nobody reads on.
struct Download {
    response: reqwest::Response,
    seen: usize,
}

impl Download {
    async fn begin(link: &str) -> Self {
        let response = client().get(link).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.content_length(), Some(LARGE_BYTES as u64));
        let mut download = Self { response, seen: 0 };
        assert!(download.reads_on().await, "there is a first piece");
        download
    }

    /// Reads one piece and compares it with the simulator's file, whose byte n is n modulo 251.
    ///
    /// Comparing is quick even without optimisation, so the readers take turns; hashing is not,
    /// and one that never had to wait would keep the others from asking at all.
    async fn reads_on(&mut self) -> bool {
        let Some(piece) = self.response.chunk().await.unwrap() else {
            return false;
        };
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let start = self.seen % PERIOD.len();
            let length = rest.len().min(PERIOD.len() - start);
            let is_right = rest[..length] == PERIOD[start..start + length];
            assert!(is_right, "wrong bytes after the first {}", self.seen);
            self.seen += length;
            rest = &rest[length..];
        }
        tokio::task::yield_now().await;
        true
    }

    async fn finish(mut self) {
        while self.reads_on().await {}
        assert_eq!(self.seen, LARGE_BYTES);
    }
}

/// What the simulator's large file repeats.
static PERIOD: LazyLock<Vec<u8>> = LazyLock::new(|| (0..251).cycle().take(251 * 256).collect());

/// Downloads the file in tasks of their own, all of which have begun before any goes on, while
/// one more caller has begun and does not read.
async fn download_at_once(link: &str) {
    let idle = Download::begin(link).await;
    let all_have_begun = Arc::new(Barrier::new(AT_ONCE));
    let mut downloads = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (link, all_have_begun) = (link.to_owned(), Arc::clone(&all_have_begun));
        downloads.spawn(async move {
            let download = Download::begin(&link).await;
            all_have_begun.wait().await;
            download.finish().await;
        });
    }
    downloads.join_all().await;
    idle.finish().await;
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
        // The tokenizer takes more memory than what is looked for here.
        ("COUNT_USAGE", "false"),
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
    let idle = gateway.peak_kib();

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
    let uploaded = gateway.peak_kib() - idle;

    let text = ask(json!("simulate:code-large")).await.deltas("content");
    let start = text.find("](http").unwrap() + 2;
    let link = &text[start..start + text[start..].find(')').unwrap()];
    Download::begin(link).await.finish().await;
    let one = gateway.peak_kib() - idle;
    download_at_once(link).await;
    let all = gateway.peak_kib() - idle;
    let left = gateway.resident_kib();
    println!(
        "memory in KiB: {idle} idle; more at the peak: {uploaded} after 30 MB up and on, {one} \
         after 200 MB down, {all} after {AT_ONCE} times 200 MB down at once; {left} resident \
         at the end"
    );
    assert!(
        uploaded < MAX_UPLOAD_GROWTH_KIB,
        "{uploaded} KiB more than when idle"
    );
    assert!(all < MAX_GROWTH_KIB, "{all} KiB more than when idle");
}
