//! Pictures, files and recordings on their way to upstream.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::TokenSpec;
use tokio::net::TcpListener;

use crate::support::{KEY, Reply, Setup, TestApp, bound};

/// A PNG of this size in pixels; its pixels do not matter here.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 1, 2, 3, 4]);
    bytes
}

fn data_url(mime: &str, bytes: &[u8]) -> String {
    use base64::Engine;
    let data = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("data:{mime};base64,{data}")
}

/// The first half of the hash the simulator shows.
fn digest(bytes: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let half: [u8; 8] = hash[..8].try_into().unwrap();
    format!("{:016x}", u64::from_be_bytes(half))
}

/// A question about what is attached.
fn about(parts: &Value) -> Value {
    let mut content = parts.as_array().unwrap().clone();
    content.push(json!({"type": "text", "text": "simulate:describe"}));
    json!({"model": "auto", "messages": [{"role": "user", "content": content}]})
}

async fn described(app: &TestApp, parts: &Value) -> Reply {
    Reply::read(app.ask(&about(parts)).send().await.unwrap()).await
}

#[tokio::test]
async fn every_byte_of_pictures_and_files_arrives_with_name_type_and_use() {
    let app = TestApp::start().await;
    let picture = png(800, 600);
    let reply = described(
        &app,
        &json!([
            {"type": "image_url", "image_url": {"url": data_url("image/png", &picture)}},
            {"type": "file", "file": {"file_data": data_url("application/pdf", b"%PDF-1.7 x"), "filename": "年报.pdf"}},
            {"type": "file", "file": {"file_data": "YSxiCjEsMgo=", "filename": "table.csv"}},
        ]),
    )
    .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let said = reply.content();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("sha256"))
        .collect();
    assert_eq!(lines.len(), 3, "{said}");
    for (line, facts) in lines.iter().zip([
        vec![
            "image.png, image/png",
            "800×600, multimodal, image_asset_pointer",
        ],
        vec!["年报.pdf, application/pdf", "my_files"],
        vec!["table.csv, text/csv", "ace_upload"],
    ]) {
        for fact in facts {
            assert!(line.contains(fact), "{fact} is not in {line}");
        }
    }
    assert!(lines[0].contains(&digest(&picture)), "{said}");
    assert!(lines[1].contains(&digest(b"%PDF-1.7 x")), "{said}");
    assert!(lines[2].contains(&digest(b"a,b\n1,2\n")), "{said}");
    app.stop().await;
}

#[tokio::test]
async fn an_upload_carries_no_credential_to_where_the_bytes_go() {
    let app = TestApp::start().await;
    let part =
        json!([{"type": "image_url", "image_url": {"url": data_url("image/png", &png(4, 4))}}]);
    assert_eq!(described(&app, &part).await.status, 200);
    let recorded = app.simulator.recorded();
    let puts: Vec<_> = recorded.iter().filter(|it| it.method == "PUT").collect();
    assert_eq!(puts.len(), 1);
    for name in [
        "authorization",
        "cookie",
        "chatgpt-account-id",
        "oai-device-id",
    ] {
        assert!(!puts[0].headers.contains_key(name), "{name}");
    }
    assert_eq!(puts[0].headers["x-ms-blob-type"], "BlockBlob");
    app.stop().await;
}

#[tokio::test]
async fn a_recording_is_written_down_and_that_is_said() {
    let app = TestApp::start().await;
    let mut sound = b"ID3\x04\0\0\0\0\0\0".to_vec();
    sound.extend(b"simulate-say:simulate:echo spoken words\0");
    let parts = json!([{"type": "input_audio", "input_audio":
        {"data": data_url("audio/mpeg", &sound), "format": "mp3"}}]);
    let body = json!({"model": "auto", "messages": [{"role": "user", "content": parts}]});
    let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
    assert_eq!(reply.content(), "spoken words", "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-emulated"), "input_audio");
    app.stop().await;
}

#[tokio::test]
async fn a_part_that_cannot_be_used_is_named_and_nothing_is_asked() {
    let app = TestApp::start().await;
    for (part, code) in [
        (
            json!({"type": "image_url", "image_url": {"url": data_url("image/png", b"hello")}}),
            "invalid_file",
        ),
        (
            json!({"type": "image_url", "image_url": {"url": data_url("image/png", &png(60_000, 60_000))}}),
            "invalid_file",
        ),
        (
            json!({"type": "file", "file": {"file_data": data_url("application/pdf", b"hello")}}),
            "invalid_file",
        ),
        (
            json!({"type": "file", "file": {"file_id": "file-none"}}),
            "invalid_value",
        ),
        (
            json!({"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}),
            "file_unavailable",
        ),
        (
            json!({"type": "input_audio", "input_audio": {"data": "aGVsbG8=", "format": "wav"}}),
            "invalid_file",
        ),
    ] {
        let reply = described(&app, &json!([part])).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, code),
            "{}",
            reply.text
        );
        assert_eq!(reply.json()["error"]["param"], "messages[0].content[0]");
    }
    assert!(app.conversations().is_empty());
    app.stop().await;
}

/// A web server for one test that gives every caller the same answer.
pub(crate) async fn web_server(content_type: &'static str, body: Vec<u8>) -> (String, String) {
    let (listener, url): (TcpListener, String) = bound().await;
    let host = url.trim_start_matches("http://").to_owned();
    let router = axum::Router::new().fallback(move || {
        let body = body.clone();
        async move { ([("content-type", content_type)], body) }
    });
    #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, host)
}

#[tokio::test]
async fn an_address_is_fetched_where_the_operator_allows_its_host() {
    let picture = png(30, 20);
    let (url, host) = web_server("image/png", picture.clone()).await;
    let app = Setup::new().set("FETCH_ALLOW_HOSTS", host).start().await;
    let part =
        json!([{"type": "image_url", "image_url": {"url": format!("{url}/cat.png?size=1")}}]);
    let said = described(&app, &part).await.content();
    assert!(said.contains("cat.png, image/png"), "{said}");
    assert!(said.contains(&digest(&picture)), "{said}");
    app.stop().await;
}

#[tokio::test]
async fn leading_addresses_become_attachments_where_that_is_wanted() {
    let (url, host) = web_server("text/plain", b"the text".to_vec()).await;
    let app = Setup::new()
        .set("FETCH_ALLOW_HOSTS", host)
        .set("UPLOAD_BY_URL", "true")
        .start()
        .await;
    let prompt = format!("{url}/a.txt {url}/b.txt simulate:describe {url}/a.txt");
    let said = app.answer(&prompt).await.content();
    assert_eq!(said.matches("sha256").count(), 2, "{said}");
    let asked = &app.conversations()[0];
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let parts = &body["messages"][0]["content"]["parts"];
    assert_eq!(parts[0], format!("simulate:describe {url}/a.txt"));
    app.stop().await;
}

#[tokio::test]
async fn a_file_upstream_does_not_take_fails_the_request_with_its_place() {
    let app = Setup::new().set("RETRY_TIMES", "1").start().await;
    for (name, status, code) in [
        ("simulate-create-error.txt", 502, "file_upload_failed"),
        ("simulate-create-429.txt", 429, "rate_limit_exceeded"),
        ("simulate-put-403.txt", 502, "file_upload_failed"),
        ("simulate-indexing-failed.txt", 502, "file_upload_failed"),
    ] {
        let part = json!([{"type": "file", "file":
            {"file_data": data_url("text/plain", b"x"), "filename": name}}]);
        let reply = described(&app, &part).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (status, code),
            "{}",
            reply.text
        );
        let message = reply.json()["error"]["message"].to_string();
        assert!(message.contains("messages[0].content[0]"), "{message}");
    }
    assert!(app.conversations().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn another_account_gets_the_files_too_when_the_first_one_fails() {
    let mut broken = TokenSpec::new("broken");
    broken.fault = Some("internal-error".into());
    let app = Setup::new()
        .accounts(vec![broken, TokenSpec::new("good")])
        .set("RANDOM_TOKEN", "false")
        .start()
        .await;
    let part =
        json!([{"type": "image_url", "image_url": {"url": data_url("image/png", &png(4, 4))}}]);
    let reply = described(&app, &part).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-attempts"), "2");
    let accounts: std::collections::BTreeSet<String> = app
        .simulator
        .uploads()
        .into_iter()
        .map(|file| file.account_id)
        .collect();
    assert_eq!(accounts.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn one_of_the_gateways_own_files_is_sent_up_from_where_it_lies() {
    let app = TestApp::start().await;
    let content = b"a file of several words".to_vec();
    let form = reqwest::multipart::Form::new()
        .text("purpose", "user_data")
        .part(
            "file",
            reqwest::multipart::Part::bytes(content.clone()).file_name("notes.md"),
        );
    let created = app
        .client
        .post(format!("{}/v1/files", app.url))
        .bearer_auth(KEY)
        .multipart(form)
        .send()
        .await
        .unwrap();
    let id = Reply::read(created).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let part = json!([{"type": "file", "file": {"file_id": id}}]);
    let said = described(&app, &part).await.content();
    assert!(said.contains("notes.md, text/markdown, 23 bytes"), "{said}");
    assert!(said.contains(&digest(&content)), "{said}");
    app.stop().await;
}
