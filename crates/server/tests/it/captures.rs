//! Recording the traffic with upstream, and playing it again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use flowgpt::capture_folder;
use flowgpt::recorder::Recording;
use serde_json::Value;
use simulator::CapturedAnswers;

use crate::support::{Reply, Setup, TestApp, client, question};

/// A captured conversation of today, and the same with invented names in it.
const PLAIN: &str = "../capture/tests/fixtures/plain";
const DRIFTED: &str = "../capture/tests/fixtures/drifted";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A folder that is not there yet.
fn new_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("captures")
        .join(name);
    let _not_there_yet = fs::remove_dir_all(&folder);
    folder
}

fn recording(folder: &Path) -> Recording {
    Recording {
        folder: folder.to_owned(),
        key: [9; 32],
        keeps_text: false,
        now: 1_769_267_362,
    }
}

/// A gateway in front of a simulator that answers as recorded.
async fn replayed(folder: &Path) -> TestApp {
    let answers = Arc::new(CapturedAnswers::read(folder).unwrap());
    let setup = Setup::new().simulate(|options| options.capture = Some(answers));
    setup.start().await
}

fn flowgpt(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flowgpt"))
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What becomes of an English text.
fn shape(text: &str) -> String {
    let letters = text.chars().map(|it| match it {
        'a'..='z' | 'A'..='Z' => 'x',
        '0'..='9' => '0',
        other => other,
    });
    letters.collect()
}

#[tokio::test]
async fn an_upstream_that_has_drifted_still_gives_the_answer() {
    let (plain, drifted) = (
        replayed(&fixture(PLAIN)).await,
        replayed(&fixture(DRIFTED)).await,
    );
    let answer = plain.answer("hello").await.content();
    assert!(answer.starts_with("*(xxx"), "{answer}");
    assert_eq!(drifted.answer("hello").await.content(), answer);
    let stream = drifted.stream("hello").await;
    assert_eq!(stream.deltas("content"), answer);
    assert!(stream.is_done());
    plain.stop().await;
    drifted.stop().await;
}

#[tokio::test]
async fn recorded_answers_come_in_their_order_and_the_last_one_stays() {
    let app = replayed(&fixture(PLAIN)).await;
    let first = app.answer("hello").await.content();
    // The link to the file is the gateway's own, and another one each time.
    let is_second = |it: &str| it.starts_with("字字 [x](") && it.ends_with("/xxxx.xxx)");
    assert!(!is_second(&first), "{first}");
    for _ in 0..2 {
        let answer = app.answer("hello").await.content();
        assert!(is_second(&answer), "{answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_recorded_session_gives_answers_of_the_same_shape_again() {
    let folder = new_folder("session");
    let (recorder, writing) = recording(&folder).start().unwrap();
    let app = Setup::new().watched_by(recorder).start().await;
    let mut answers = Vec::new();
    for prompt in [
        "simulate:ascii",
        "simulate:reasoning",
        "simulate:echo canary 12-34 Margarethe",
    ] {
        let streamed = app.stream(prompt).await.deltas("content");
        assert_eq!(app.answer(prompt).await.content(), streamed);
        answers.extend([streamed.clone(), streamed]);
    }
    let refused = app.answer("simulate:model-cap").await;
    app.stop().await;
    let count = writing.finish().unwrap();
    let capture = capture_folder::read(&folder).unwrap();
    assert_eq!(capture.exchanges.len(), count);
    for entry in fs::read_dir(&folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for canary in ["canary", "Margarethe", "eyJ", "Bearer", "12-34"] {
            assert!(!text.contains(canary), "{text}");
        }
    }
    let report = capture::report(&capture);
    assert!(report.is_clean(), "{report}");

    let again = replayed(&folder).await;
    for answer in answers {
        assert_eq!(again.answer("hello").await.content(), shape(&answer));
    }
    let reply = again.answer("hello").await;
    assert_eq!(
        (reply.status, reply.code()),
        (refused.status, refused.code())
    );
    again.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_recorded_and_breaks_off_again() {
    let folder = new_folder("broken");
    let (recorder, writing) = recording(&folder).start().unwrap();
    let app = Setup::new().watched_by(recorder).start().await;
    assert_eq!(app.answer("simulate:truncated").await.status, 502);
    app.stop().await;
    writing.finish().unwrap();
    let again = replayed(&folder).await;
    assert_eq!(again.answer("hello").await.status, 502);
    again.stop().await;
}

#[tokio::test]
async fn a_recording_that_cannot_be_written_stops_and_the_traffic_does_not() {
    let folder = new_folder("gone");
    let (recorder, writing) = recording(&folder).start().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let app = Setup::new().watched_by(recorder).start().await;
    for _ in 0..3 {
        assert_eq!(app.answer("simulate:echo on").await.content(), "on");
    }
    app.stop().await;
    assert_eq!(writing.finish().unwrap(), 0);
}

#[test]
fn a_folder_with_something_in_it_is_not_recorded_into() {
    let folder = new_folder("taken");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let out = folder.to_str().unwrap();
    let output = flowgpt(&["record", "--port", "0", "--out", out], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("is not empty"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_report_is_no_failure_unless_it_is_to_be_one() {
    let (plain, drifted) = (fixture(PLAIN), fixture(DRIFTED));
    let (plain, drifted) = (plain.to_str().unwrap(), drifted.to_str().unwrap());
    for (arguments, code, said) in [
        (
            vec!["replay", plain, "--strict"],
            0,
            "Everything in them is known.",
        ),
        (
            vec!["replay", drifted],
            0,
            "event_type \"glow_update\", once",
        ),
        (
            vec!["replay", drifted, "--strict"],
            1,
            "operation \"sprinkle\", once",
        ),
        (
            vec!["replay", drifted, "--json"],
            0,
            "\"name\":\"glow_update\"",
        ),
        (vec!["replay", "nowhere"], 1, ""),
    ] {
        let output = flowgpt(&arguments, &[]);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(
            text(&output.stdout).contains(said),
            "{}",
            text(&output.stdout)
        );
    }
}

#[tokio::test]
async fn a_recording_is_served_by_the_command() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgpt"))
        .args(["replay", "--serve", "--json", "--port", "0"])
        .arg(fixture(PLAIN))
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let report: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(report["unknown"], Value::Array(Vec::new()));
    let place: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let url = format!("{}/chat/completions", place["base_url"].as_str().unwrap());
    let request = client()
        .post(url)
        .bearer_auth(place["api_key"].as_str().unwrap())
        .json(&question("hello"));
    let reply = Reply::read(request.send().await.unwrap()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reply.content().starts_with("*(xxx"), "{}", reply.text);
}
