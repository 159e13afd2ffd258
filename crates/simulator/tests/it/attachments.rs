//! Files that messages name: whose they are, and what came with a message.

use http::StatusCode;
use serde_json::json;
use simulator::TokenSpec;

use crate::client::{Client, question};
use crate::fold::fold;
use crate::upload::{hex_digest, question_with, upload};

#[tokio::test]
async fn files_belong_to_their_account() {
    let client = Client::new();
    let id = upload(&client, "a.txt", b"hello", "my_files").await;
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let attachment = json!({"id": id});
    for refused in [
        other.get(&format!("/backend-api/files/{id}")).await,
        other
            .post(&format!("/backend-api/files/{id}/uploaded"), &json!({}))
            .await,
        other.converse(&question_with("hello", &attachment)).await,
        client.get("/backend-api/files/file-unknown").await,
        client
            .converse(&question_with("hello", &json!({"id": "file-unknown"})))
            .await,
    ] {
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(refused.json()["detail"]["code"], "file_not_found");
    }
    let used = client.converse(&question_with("hello", &attachment)).await;
    assert_eq!(used.status, StatusCode::OK);
}

#[tokio::test]
async fn what_came_with_a_message_can_be_described() {
    let client = Client::with(|options| options.files.sediment = true);
    let picture = upload(&client, "cat.png", b"not really a cat", "multimodal").await;
    assert!(picture.starts_with("file_00000000"));
    let table = upload(&client, "t.csv", b"a,b", "ace_upload").await;
    let mut body = question_with(
        "simulate:describe",
        &json!({"id": table, "mime_type": "text/csv"}),
    );
    body["messages"][0]["content"] = json!({"content_type": "multimodal_text", "parts": [
        {"content_type": "image_asset_pointer", "asset_pointer": format!("sediment://{picture}"),
         "size_bytes": 16, "width": 800, "height": 600},
        "simulate:describe",
    ]});
    body["messages"][0]["metadata"]["attachments"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": picture, "mime_type": "image/png", "width": 800, "height": 600}));
    let first = fold(&client.converse(&body).await.body);
    let expected = format!(
        "cat.png, image/png, 16 bytes, sha256 {}, 800×600, multimodal, image_asset_pointer\n\
         t.csv, text/csv, 3 bytes, sha256 {}, -, ace_upload, attachment only",
        &hex_digest(b"not really a cat")[..16],
        &hex_digest(b"a,b")[..16],
    );
    assert_eq!(first.answer(), expected);
    let mut again = question("");
    again["action"] = json!("variant");
    again["conversation_id"] = first.typed[0]["conversation_id"].clone();
    again["parent_message_id"] = body["messages"][0]["id"].clone();
    again["messages"] = json!([]);
    let variant = fold(&client.converse(&again).await.body);
    assert_eq!(variant.answer(), expected);
    let wrong_scheme = json!({"content_type": "image_asset_pointer",
        "asset_pointer": format!("file-service://{picture}")});
    body["messages"][0]["content"]["parts"][0] = wrong_scheme;
    assert_eq!(client.converse(&body).await.status, StatusCode::NOT_FOUND);
    let nothing = fold(&client.ask("simulate:describe").await.body);
    assert_eq!(nothing.answer(), "No files came with this message.");
}
