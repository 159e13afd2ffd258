//! What the form of an upload may hold: a wrong one is refused by the field.

use serde_json::Value;

use super::{FILE, PURPOSE, Part, error, form};
use crate::support::{KEY, Reply, Setup, TestApp};

#[tokio::test]
async fn a_form_that_is_wrong_is_refused_by_the_field_and_leaves_nothing() {
    let outer = tempfile::tempdir().unwrap();
    let app = Setup::new()
        .set("DATA_DIR", outer.path().to_str().unwrap())
        .set("FILE_LIMIT_BYTES", "1024")
        .start()
        .await;
    let large = "x".repeat(1025);
    let file = (FILE, "x");
    let anchor = ("\"expires_after[anchor]\"", "created_at");
    let cases: &[(&[Part], u16, &str, Value)] = &[
        (&[file], 400, "invalid_value", "purpose".into()),
        (&[PURPOSE], 400, "invalid_value", "file".into()),
        (
            &[PURPOSE, ("\"file\"", "x")],
            400,
            "invalid_value",
            "file".into(),
        ),
        (
            &[file, ("\"purpose\"", "fun")],
            400,
            "invalid_value",
            "purpose".into(),
        ),
        (&[file, file, PURPOSE], 400, "invalid_value", "file".into()),
        (
            &[file, PURPOSE, PURPOSE],
            400,
            "invalid_value",
            "purpose".into(),
        ),
        (
            &[file, PURPOSE, ("\"color\"", "red")],
            400,
            "unsupported_parameter",
            "color".into(),
        ),
        (
            &[file, PURPOSE, anchor],
            400,
            "invalid_value",
            "expires_after[seconds]".into(),
        ),
        (
            &[PURPOSE, (FILE, &large)],
            413,
            "request_too_large",
            "file".into(),
        ),
        (&[PURPOSE, ("", "x")], 400, "invalid_form", Value::Null),
    ];
    for (parts, status, code, param) in cases {
        let reply = Reply::read(app.upload_as(KEY, parts).send().await.unwrap()).await;
        assert_eq!(
            error(&reply),
            (*status, (*code).to_owned(), param.clone()),
            "{parts:?}"
        );
    }
    assert_eq!(app.upload(&large[1..]).await["bytes"], 1024);
    let left = std::fs::read_dir(outer.path().join("files")).unwrap();
    // The last one, which was right: its contents and its record.
    assert_eq!(left.count(), 2);
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_a_whole_form_is_refused() {
    let app = TestApp::start().await;
    let broken = form(&[(FILE, "x"), PURPOSE]).replace("--XX--", "");
    let broken = app.upload_as(KEY, &[]).body(broken);
    let broken = Reply::read(broken.send().await.unwrap()).await;
    assert_eq!(
        (broken.status, broken.code().as_str()),
        (400, "incomplete_body")
    );
    let json = app
        .client
        .post(format!("{}/v1/files", app.url))
        .bearer_auth(KEY);
    let json = json.json(&serde_json::json!({"purpose": "user_data"}));
    let json = Reply::read(json.send().await.unwrap()).await;
    assert_eq!(
        (json.status, json.code().as_str()),
        (415, "unsupported_content_type")
    );
    app.stop().await;
}
