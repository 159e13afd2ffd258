//! Files on their way in: announced, sent, finished, looked at, and named in messages.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered};
use crate::upload::{BLOB, announce, finish, hex_digest, put, question_with, send_bare, upload};

/// What the blob host says is wrong.
fn blob_error(reply: &Gathered) -> (u16, &str) {
    let code = reply.text().split("<Code>").nth(1).unwrap();
    (reply.status.as_u16(), code.split('<').next().unwrap())
}

async fn status_of(client: &Client, id: &str) -> Value {
    let shown = client.get(&format!("/backend-api/files/{id}")).await;
    shown.json()["retrieval_index_status"].clone()
}

#[tokio::test]
async fn a_file_arrives_in_three_steps() {
    let client = Client::new();
    let content = b"What is in here counts.";
    let announced = announce(&client, "notes.txt", content.len(), "my_files").await;
    assert_eq!(announced["status"], "success");
    let id = announced["file_id"].as_str().unwrap();
    assert!(id.starts_with("file-"));
    assert_eq!(put(&client, &announced, content).await.status, 201);
    assert!(!client.simulator.uploads()[0].finished);
    let finished = finish(&client, &announced).await.json();
    assert_eq!(finished["status"], "success");
    assert!(finished["download_url"].as_str().unwrap().contains(id));
    let files = client.simulator.uploads();
    assert_eq!(files.len(), 1);
    assert_eq!(
        (files[0].id.as_str(), files[0].name.as_str()),
        (id, "notes.txt")
    );
    assert_eq!(files[0].sha256.as_deref(), Some(&*hex_digest(content)));
    assert_eq!(files[0].mime_type.as_deref(), Some("text/plain"));
    assert!(files[0].finished && !files[0].indexed);
    let path = format!("/backend-api/files/{id}");
    let shown = client.get(&path).await.json();
    assert_eq!(shown["state"], "ready");
    assert_eq!(shown["retrieval_index_status"], "in_progress");
    assert_eq!(shown["file_size_tokens"], 6);
    assert_eq!(status_of(&client, id).await, "success");
    assert!(client.simulator.uploads()[0].indexed);
}

#[tokio::test]
async fn links_are_on_the_address_the_request_came_to() {
    let client = Client::new();
    client.always_send("host", "127.0.0.1:4711");
    let announced = announce(&client, "a.txt", 1, "ace_upload").await;
    let url = announced["upload_url"].as_str().unwrap();
    assert!(
        url.starts_with("http://127.0.0.1:4711/simulator/blob/"),
        "{url}"
    );
}

#[tokio::test]
async fn announcements_are_checked() {
    let client = Client::new();
    let refused = client
        .post("/backend-api/files", &json!({"file_size": "1"}))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = refused.json();
    let faults = body["detail"].as_array().unwrap();
    let names: Vec<&Value> = faults.iter().map(|fault| &fault["loc"][1]).collect();
    assert_eq!(names, ["file_name", "file_size", "use_case"]);
    let wrong = json!({"file_name": "a", "file_size": 1, "use_case": "fun"});
    let refused = client.post("/backend-api/files", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = announce(&client, "a.png", 21 * 1024 * 1024, "multimodal").await;
    assert_eq!(
        (&large["status"], &large["error_code"]),
        (&json!("error"), &json!("file_too_large"))
    );
    let mut stranger = client.signed_in_as(&TokenSpec::new("bob"));
    stranger.token = "eyJ.eyJ.x".to_owned();
    let refused = stranger.post("/backend-api/files", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_blob_host_is_strict() {
    let client = Client::new();
    let announced = announce(&client, "a.txt", 5, "ace_upload").await;
    let url = announced["upload_url"].as_str().unwrap();
    let length = ("content-length", "5");
    let bearer = format!("Bearer {}", client.token);
    let other_url = url.replace("sig=", "sig=0");
    for (url, headers, expected) in [
        (
            url,
            vec![BLOB, length, ("authorization", &bearer)],
            (403, "AuthenticationFailed"),
        ),
        (url, vec![length], (400, "MissingRequiredHeader")),
        (
            url,
            vec![("x-ms-blob-type", "PageBlob"), length],
            (400, "InvalidHeaderValue"),
        ),
        (url, vec![BLOB], (411, "MissingContentLengthHeader")),
        (
            url,
            vec![BLOB, ("content-length", "6")],
            (400, "InvalidInput"),
        ),
        (
            &other_url,
            vec![BLOB, length],
            (403, "AuthenticationFailed"),
        ),
    ] {
        let refused = send_bare(&client, "PUT", url, &headers, "hello").await;
        assert_eq!(blob_error(&refused), expected, "{headers:?}");
    }
    for content in ["hell", "hello!"] {
        let refused = send_bare(&client, "PUT", url, &[BLOB, length], content).await;
        assert_eq!(blob_error(&refused), (400, "InvalidInput"), "{content}");
    }
    assert_eq!(client.simulator.uploads()[0].sha256, None);
    assert_eq!(put(&client, &announced, b"hello").await.status, 201);
    finish(&client, &announced).await;
    let again = put(&client, &announced, b"hello").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_link_to_send_to_expires() {
    let client = Client::new();
    let announced = announce(&client, "a.txt", 5, "ace_upload").await;
    client.clock.pass(std::time::Duration::from_hours(1));
    let refused = put(&client, &announced, b"hello").await;
    assert_eq!(blob_error(&refused), (403, "AuthenticationFailed"));
}

#[tokio::test]
async fn large_files_leave_only_their_digest() {
    let client = Client::with(|options| options.record = true);
    let content = vec![7; 3 * 1024 * 1024];
    upload(&client, "large.bin", &content, "ace_upload").await;
    let file = &client.simulator.uploads()[0];
    assert_eq!(file.sha256.as_deref(), Some(&*hex_digest(&content)));
    let recorded = client.simulator.recorded();
    let sent = recorded
        .iter()
        .find(|request| request.method == "PUT")
        .unwrap();
    assert!(sent.body.is_empty());
    assert_eq!(sent.headers["content-length"], content.len().to_string());
}

#[tokio::test]
async fn the_newer_way_to_finish_tells_what_it_does() {
    let client = Client::new();
    let announced = announce(&client, "a.txt", 5, "my_files").await;
    let mut body = json!({"file_id": announced["file_id"], "file_name": "a.txt",
        "use_case": "my_files", "index_for_retrieval": true, "entry_surface": "composer"});
    let path = "/backend-api/files/process_upload_stream";
    let names = |reply: &Gathered| -> Vec<String> {
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let lines = reply.text().lines();
        let events = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        events
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    };
    let early = client.post(path, &body).await;
    assert_eq!(
        names(&early),
        ["file.processing.started", "file.processing.failed"]
    );
    put(&client, &announced, b"hello").await;
    let finished = client.post(path, &body).await;
    assert_eq!(
        names(&finished),
        [
            "file.processing.started",
            "file.processing.metadata",
            "file.processing.completed"
        ]
    );
    let id = announced["file_id"].as_str().unwrap();
    assert_eq!(status_of(&client, id).await, "success");
    body["file_id"] = json!("file-unknown");
    assert_eq!(client.post(path, &body).await.status, StatusCode::NOT_FOUND);
    body["file_id"] = Value::Null;
    assert_eq!(
        client.post(path, &body).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn either_way_to_finish_may_be_missing() {
    let client = Client::with(|options| options.files.uploaded = false);
    let announced = announce(&client, "a.txt", 5, "my_files").await;
    put(&client, &announced, b"hello").await;
    let missing = finish(&client, &announced).await;
    assert_eq!(
        (missing.status, missing.json()),
        (StatusCode::NOT_FOUND, json!({"detail": "Not Found"}))
    );
    let client = Client::with(|options| options.files.process_upload_stream = false);
    let body = json!({"file_id": "file-1", "file_name": "a.txt", "use_case": "my_files"});
    let missing = client
        .post("/backend-api/files/process_upload_stream", &body)
        .await;
    assert_eq!(
        (missing.status, missing.json()),
        (StatusCode::NOT_FOUND, json!({"detail": "Not Found"}))
    );
}

#[tokio::test]
async fn finishing_too_early_fails() {
    let client = Client::new();
    let announced = announce(&client, "a.txt", 5, "my_files").await;
    let early = finish(&client, &announced).await.json();
    assert_eq!(
        (&early["status"], &early["error_code"]),
        (&json!("error"), &json!("file_not_uploaded"))
    );
    let id = announced["file_id"].as_str().unwrap();
    let used = client
        .converse(&question_with("hello", &json!({"id": id})))
        .await;
    assert_eq!(used.status, StatusCode::NOT_FOUND);
    assert_eq!(used.json()["detail"]["code"], "file_not_found");
}

#[tokio::test]
async fn uploads_go_wrong_as_their_names_say() {
    let client = Client::new();
    let create = async |name: &str| {
        let body = json!({"file_name": name, "file_size": 5, "use_case": "my_files"});
        client.post("/backend-api/files", &body).await
    };
    let refused = create("simulate-create-error.txt").await;
    assert_eq!(
        (refused.status, &refused.json()["status"]),
        (StatusCode::OK, &json!("error"))
    );
    let limited = create("simulate-create-429.txt").await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        limited.json()["detail"]["message"]
            .as_str()
            .unwrap()
            .contains("hit your limit")
    );
    assert_eq!(create("simulate-create-500.txt").await.status, 500);
    let forbidden = create("simulate-put-403.txt").await.json();
    assert_eq!(put(&client, &forbidden, b"hello").await.status, 403);
    let busy = create("simulate-put-503.txt").await.json();
    assert_eq!(put(&client, &busy, b"hello").await.status, 503);
    assert_eq!(put(&client, &busy, b"hello").await.status, 201);
    let broken = create("simulate-finish-error.txt").await.json();
    put(&client, &broken, b"hello").await;
    assert_eq!(
        finish(&client, &broken).await.json()["error_code"],
        "processing_failed"
    );
    for (name, status) in [
        ("simulate-indexing-never.txt", "in_progress"),
        ("simulate-indexing-failed.txt", "failed"),
    ] {
        let id = upload(&client, name, b"hello", "my_files").await;
        for _ in 0..5 {
            assert_eq!(status_of(&client, &id).await, status);
        }
    }
    let names = simulator::file_faults().iter().map(|fault| fault.name);
    assert!(names.into_iter().all(|name| name.starts_with("simulate-")));
}

#[tokio::test(start_paused = true)]
async fn a_blob_host_may_never_answer() {
    let client = Client::new();
    let announced = announce(&client, "simulate-put-stall.txt", 5, "my_files").await;
    let silence = put(&client, &announced, b"hello");
    let waited = tokio::time::timeout(std::time::Duration::from_hours(1), silence).await;
    assert!(waited.is_err());
    assert_eq!(client.simulator.open_streams(), 0);
}

#[tokio::test]
async fn an_account_may_have_sent_too_much() {
    let client = Client::new();
    let limited = client.signed_in_as(&TokenSpec::new("bob").with_limit("file_upload", 60));
    let body = json!({"file_name": "a.txt", "file_size": 5, "use_case": "my_files"});
    let refused = limited.post("/backend-api/files", &body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    client.clock.pass(std::time::Duration::from_mins(1));
    assert_eq!(
        limited.post("/backend-api/files", &body).await.status,
        StatusCode::OK
    );
}
