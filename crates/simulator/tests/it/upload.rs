//! Sends files as a client does, step by step or all at once, for the tests of whatever files are
//! good for.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use crate::client::{Client, Gathered, gather, question};

/// What the blob host wants to be told.
pub(crate) const BLOB: (&str, &str) = ("x-ms-blob-type", "BlockBlob");

/// The digest of some content, in hexadecimal.
pub(crate) fn hex_digest(content: &[u8]) -> String {
    let digits = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>();
    digits.concat()
}

/// A request without an access token.
pub(crate) async fn send_bare(
    client: &Client,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Gathered {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    gather(client.simulator.router().oneshot(request).await.unwrap()).await
}

/// The first step.
pub(crate) async fn announce(client: &Client, name: &str, size: usize, use_case: &str) -> Value {
    let body = json!({"file_name": name, "file_size": size, "use_case": use_case});
    client.post("/backend-api/files", &body).await.json()
}

/// The second step.
pub(crate) async fn put(client: &Client, announced: &Value, content: &[u8]) -> Gathered {
    let length = content.len().to_string();
    let headers = [
        BLOB,
        ("content-length", length.as_str()),
        ("content-type", "text/plain"),
    ];
    let url = announced["upload_url"].as_str().unwrap();
    send_bare(client, "PUT", url, &headers, content.to_vec()).await
}

/// The third step, the older way.
pub(crate) async fn finish(client: &Client, announced: &Value) -> Gathered {
    let id = announced["file_id"].as_str().unwrap();
    let path = format!("/backend-api/files/{id}/uploaded");
    client.post(&path, &json!({})).await
}

/// All steps; returns the file's id.
pub(crate) async fn upload(client: &Client, name: &str, content: &[u8], use_case: &str) -> String {
    let announced = announce(client, name, content.len(), use_case).await;
    assert_eq!(put(client, &announced, content).await.status, 201);
    assert_eq!(finish(client, &announced).await.json()["status"], "success");
    announced["file_id"].as_str().unwrap().to_owned()
}

/// A question that brings an attachment.
pub(crate) fn question_with(prompt: &str, attachment: &Value) -> Value {
    let mut body = question(prompt);
    body["messages"][0]["metadata"] = json!({"attachments": [attachment]});
    body
}
