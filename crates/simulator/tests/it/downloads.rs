//! Files on their way out: links, who gets one, and the content behind them.

use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered, gather};
use crate::fold::fold;
use crate::upload::{announce, put, question_with, send_bare, upload};

/// What stands behind the address in a link.
fn url(link: &Value) -> String {
    assert_eq!(link["status"], "success", "{link}");
    link["download_url"].as_str().unwrap().to_owned()
}

fn error_code(reply: &Gathered) -> Value {
    assert_eq!(reply.status, StatusCode::OK);
    let body = reply.json();
    assert_eq!(body["status"], "error", "{body}");
    body["error_code"].clone()
}

/// The link to a file in the sandbox that an answer shows: the conversation's and message's part
/// of the path, to which the file's is added.
async fn shown(client: &Client, path: &str) -> String {
    let answer = fold(
        &client
            .ask(&format!("simulate:echo [it](sandbox:{path})"))
            .await
            .body,
    );
    let conversation = answer.typed[0]["conversation_id"].as_str().unwrap();
    let message = answer.messages.last().unwrap()["id"].as_str().unwrap();
    format!(
        "/backend-api/conversation/{conversation}/interpreter/download?message_id={message}\
         &sandbox_path="
    )
}

/// A link to a file in the sandbox.
async fn sandbox(client: &Client, path: &str) -> Value {
    let call = shown(client, path).await;
    client.get(&format!("{call}{path}")).await.json()
}

#[tokio::test]
async fn what_was_sent_can_be_fetched_from_the_blob_host() {
    let client = Client::new();
    let id = upload(&client, "a b.txt", b"hello", "my_files").await;
    for path in [
        format!("/backend-api/files/{id}/download"),
        format!("/backend-api/files/download/{id}?post_id=&inline=false"),
    ] {
        let link = client.get(&path).await.json();
        assert_eq!(link["file_name"], "a b.txt");
        assert_eq!(link["file_size_bytes"], 5);
        let fetched = send_bare(&client, "GET", &url(&link), &[], "").await;
        assert_eq!((fetched.status, fetched.text()), (StatusCode::OK, "hello"));
        assert_eq!(fetched.headers["content-type"], "text/plain");
        assert_eq!(fetched.headers["content-length"], "5");
        assert_eq!(
            fetched.headers["content-disposition"],
            "attachment; filename*=UTF-8''a%20b.txt"
        );
        let with_token = client.get(&url(&link)).await;
        assert_eq!(with_token.status, StatusCode::FORBIDDEN);
        assert!(with_token.text().contains("AuthenticationFailed"));
    }
}

#[tokio::test]
async fn newer_files_are_fetched_from_upstream_itself() {
    let client = Client::with(|options| options.files.sediment = true);
    let id = upload(&client, "a.png", b"pixels", "multimodal").await;
    let link = client
        .get(&format!("/backend-api/files/download/{id}"))
        .await;
    let fetched = client.get(&url(&link.json())).await;
    assert_eq!((fetched.status, fetched.text()), (StatusCode::OK, "pixels"));
    let address = url(&link.json());
    let without_token = send_bare(&client, "GET", &address, &[], "").await;
    assert_eq!(without_token.status, StatusCode::UNAUTHORIZED);
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND);
    let forged = address.replace("sig=", "sig=0");
    assert_eq!(client.get(&forged).await.status, StatusCode::FORBIDDEN);
    client.clock.pass(Duration::from_mins(5));
    assert_eq!(client.get(&address).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_conversation_gives_out_the_files_it_shows() {
    let client = Client::with(|options| options.files.sediment = true);
    let id = upload(&client, "a.txt", b"hello", "ace_upload").await;
    let hidden = upload(&client, "b.txt", b"hello", "ace_upload").await;
    let asked = question_with("look", &json!({"id": id, "mime_type": "text/plain"}));
    let answer = fold(&client.converse(&asked).await.body);
    let conversation = answer.typed[0]["conversation_id"].as_str().unwrap();
    let path =
        |id: &str| format!("/backend-api/conversation/{conversation}/attachment/{id}/download");
    let link = client.get(&path(&id)).await.json();
    assert_eq!(client.get(&url(&link)).await.text(), "hello");
    assert_eq!(
        error_code(&client.get(&path(&hidden)).await),
        "file_not_found"
    );
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let refused = other.get(&path(&id)).await;
    assert_eq!(refused.json()["detail"]["code"], "conversation_not_found");
}

#[tokio::test]
async fn only_finished_files_of_one_s_own_have_a_link() {
    let client = Client::new();
    let id = upload(&client, "a.txt", b"hello", "my_files").await;
    let unfinished = announce(&client, "b.txt", 5, "my_files").await;
    put(&client, &unfinished, b"hello").await;
    let unfinished = unfinished["file_id"].as_str().unwrap();
    let large = upload(
        &client,
        "large.bin",
        &vec![0; 1024 * 1024 + 1],
        "ace_upload",
    )
    .await;
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    for (client, id) in [
        (&other, id.as_str()),
        (&client, unfinished),
        (&client, "file-unknown"),
        (&client, &large),
    ] {
        let refused = client
            .get(&format!("/backend-api/files/{id}/download"))
            .await;
        assert_eq!(error_code(&refused), "file_not_found", "{id}");
    }
}

#[tokio::test]
async fn files_a_program_left_are_fetched_by_their_path() {
    let client = Client::new();
    let path = "/mnt/data/out.csv";
    let call = shown(&client, path).await;
    let link = client
        .get(&format!("{call}%2Fmnt%2Fdata%2Fout.csv"))
        .await
        .json();
    assert_eq!(link["file_name"], "out.csv");
    let fetched = send_bare(&client, "GET", &url(&link), &[], "").await;
    assert_eq!(fetched.headers["content-type"], "text/csv");
    assert!(fetched.text().starts_with("city,month,visitors\n"));
    assert_eq!(client.get(&url(&link)).await.status, StatusCode::FORBIDDEN);
    let other_path = client.get(&format!("{call}/mnt/data/other.csv")).await;
    assert_eq!(error_code(&other_path), "file_not_found");
    let unknown_message = call.replace("message_id=", "message_id=0");
    let refused = client.get(&format!("{unknown_message}{path}")).await;
    assert_eq!(error_code(&refused), "file_not_found");
    let nowhere = client.get(call.trim_end_matches("sandbox_path=")).await;
    assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let refused = other.get(&format!("{call}{path}")).await;
    assert_eq!(refused.json()["detail"]["code"], "conversation_not_found");
}

#[tokio::test]
async fn links_of_answers_are_what_programs_left() {
    let client = Client::new();
    let answer = fold(&client.ask("simulate:code-file").await.body);
    let conversation = answer.typed[0]["conversation_id"].as_str().unwrap();
    let message = answer.messages.last().unwrap()["id"].as_str().unwrap();
    let path = "%2Fmnt%2Fdata%2F%E5%AD%A3%E5%BA%A6%20%E6%8A%A5%E5%91%8A.csv";
    let call = format!(
        "/backend-api/conversation/{conversation}/interpreter/download?message_id={message}\
         &sandbox_path={path}"
    );
    let link = client.get(&call).await.json();
    assert_eq!(link["file_name"], "季度 报告.csv");
    let fetched = send_bare(&client, "GET", &url(&link), &[], "").await;
    assert!(fetched.text().starts_with("季度,收入,说明"));
}

#[tokio::test]
async fn what_a_model_made_is_fetched_and_shown_again() {
    let client = Client::new();
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    for (prompt, scheme, mime_type, begin) in [
        ("simulate:image", "sediment://", "image/png", *b"\x89PNG"),
        (
            "simulate:image-old",
            "file-service://",
            "image/png",
            *b"\x89PNG",
        ),
        ("simulate:audio", "sediment://", "audio/wav", *b"RIFF"),
    ] {
        let answer = fold(&client.ask(prompt).await.body);
        let conversation = answer.typed[0]["conversation_id"].as_str().unwrap();
        let mut parts = answer
            .messages
            .iter()
            .flat_map(|message| message["content"]["parts"].as_array().into_iter().flatten());
        let part = parts
            .find(|part| part["asset_pointer"].is_string())
            .unwrap();
        let pointer = part["asset_pointer"].as_str().unwrap();
        let id = pointer.strip_prefix(scheme).unwrap();
        let files = format!("/backend-api/files/{id}/download");
        let attachment =
            format!("/backend-api/conversation/{conversation}/attachment/{id}/download");
        for path in [&files, &attachment] {
            let link = client.get(path).await.json();
            let fetched = if scheme == "sediment://" {
                client.get(&url(&link)).await
            } else {
                send_bare(&client, "GET", &url(&link), &[], "").await
            };
            assert_eq!(fetched.headers["content-type"], mime_type);
            assert_eq!(fetched.body[..4], begin);
            assert_eq!(json!(fetched.body.len()), part["size_bytes"]);
        }
        assert_eq!(error_code(&other.get(&files).await), "file_not_found");
        let mut again = question_with("make it blue", &json!({"id": id}));
        again["messages"][0]["content"] = json!({
            "content_type": "multimodal_text", "parts": [part, "make it blue"],
        });
        assert_eq!(client.converse(&again).await.status, StatusCode::OK);
        assert_eq!(other.converse(&again).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_path_that_was_never_written_has_no_link() {
    let client = Client::new();
    let path = "/mnt/data/never.csv";
    let call = shown(&client, path).await;
    let refused = client.get(&format!("{call}{path}")).await;
    assert_eq!(error_code(&refused), "file_not_found");
}

#[tokio::test]
async fn parts_can_be_asked_for() {
    let client = Client::new();
    let id = upload(&client, "a.txt", b"0123456789", "my_files").await;
    let link = client
        .get(&format!("/backend-api/files/{id}/download"))
        .await;
    let url = url(&link.json());
    let part = async |range: &str| send_bare(&client, "GET", &url, &[("range", range)], "").await;
    let middle = part("bytes=2-4").await;
    assert_eq!(
        (middle.status, middle.text()),
        (StatusCode::PARTIAL_CONTENT, "234")
    );
    assert_eq!(middle.headers["content-range"], "bytes 2-4/10");
    assert_eq!(middle.headers["content-length"], "3");
    assert_eq!(part("bytes=-2").await.text(), "89");
    let beyond = part("bytes=10-").await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.headers["content-range"], "bytes */10");
    assert_eq!(part("bytes=x").await.text(), "0123456789");
}

#[tokio::test]
async fn a_large_file_comes_in_small_pieces() {
    let client = Client::new();
    let link = sandbox(&client, "/mnt/data/large-200mb.bin").await;
    let url = url(&link);
    let request = http::Request::get(&url)
        .body(axum::body::Body::empty())
        .unwrap();
    let router = client.simulator.router();
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.headers()["content-length"], "200000000");
    let mut body = response.into_body();
    for _ in 0..10 {
        let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(piece.len() <= 64 * 1024);
    }
    drop(body);
    assert_eq!(client.simulator.open_streams(), 0);
    let end = send_bare(&client, "GET", &url, &[("range", "bytes=199999999-")], "").await;
    assert_eq!(end.body, [(199_999_999_u64 % 251) as u8]);
}

#[tokio::test(start_paused = true)]
async fn downloads_go_wrong_as_their_names_say() {
    let client = Client::new();
    let refused = sandbox(&client, "/mnt/data/simulate-download-error.csv").await;
    assert_eq!(refused["error_code"], "file_download_failed");
    let expired = sandbox(&client, "/mnt/data/simulate-download-expired.csv").await;
    let late = send_bare(&client, "GET", &url(&expired), &[], "").await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    let id = upload(
        &client,
        "simulate-download-drop.txt",
        b"0123456789",
        "my_files",
    )
    .await;
    let link = client
        .get(&format!("/backend-api/files/{id}/download"))
        .await;
    let cut = send_bare(&client, "GET", &url(&link.json()), &[], "").await;
    assert_eq!(
        (cut.headers["content-length"].as_bytes(), cut.text()),
        (&b"10"[..], "01234")
    );
    assert!(cut.broken);
    let silent = sandbox(&client, "/mnt/data/simulate-download-stall.bin").await;
    let silent = url(&silent);
    let request = send_bare(&client, "GET", &silent, &[], "");
    assert!(
        tokio::time::timeout(Duration::from_hours(1), request)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn links_need_a_token() {
    let client = Client::new();
    for path in [
        "/backend-api/files/file-1/download",
        "/backend-api/conversation/c/attachment/file-1/download",
        "/backend-api/conversation/c/interpreter/download",
        "/backend-api/estuary/content?id=file_1",
    ] {
        let refused = send_bare(&client, "GET", path, &[], "").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let nobody = gather(
        client
            .send("GET", "/backend-api/files/f/download", &[], None)
            .await,
    )
    .await;
    assert_eq!(error_code(&nobody), "file_not_found");
}
