//! Files that do not stay for ever.

use std::time::Duration;

use serde_json::Value;

use super::{FILE, PURPOSE, id, is_refused};
use crate::support::{KEY, Reply, Setup};

#[tokio::test]
async fn a_file_expires_when_the_caller_says_but_no_later_than_the_operator_does() {
    let app = Setup::new().set("FILE_EXPIRY_HOURS", "2").start().await;
    let lifetime = async |seconds: Option<&str>| {
        let anchor = ("\"expires_after[anchor]\"", "created_at");
        let mut parts = vec![PURPOSE, (FILE, "x")];
        if let Some(seconds) = seconds {
            parts.extend([anchor, ("\"expires_after[seconds]\"", seconds)]);
        }
        let reply = app.upload_as(KEY, &parts).send().await.unwrap();
        let file = Reply::read(reply).await.json();
        file["expires_at"].as_u64().unwrap() - file["created_at"].as_u64().unwrap()
    };
    assert_eq!(lifetime(None).await, 7200);
    assert_eq!(lifetime(Some("3600")).await, 3600);
    assert_eq!(lifetime(Some("2592000")).await, 7200);
    app.stop().await;
}

#[tokio::test]
async fn the_bytes_of_an_expired_file_are_removed_by_the_program_itself() {
    let outer = tempfile::tempdir().unwrap();
    let data_dir = outer.path().to_str().unwrap();
    let start = async || Setup::new().set("DATA_DIR", data_dir).start().await;
    let app = start().await;
    let file = app.upload("some words").await;
    app.stop().await;
    let files = outer.path().join("files");
    let record = files.join(format!("{}.json", id(&file)));
    let mut expired: Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    expired["expires_at"] = 1.into();
    std::fs::write(&record, expired.to_string()).unwrap();
    let app = start().await;
    let path = format!("/{}", id(&file));
    is_refused(&app.files(KEY, &path).await, 404, "file_not_found", "id");
    let removed = async {
        while std::fs::read_dir(&files).unwrap().count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), removed)
        .await
        .expect("the expired file is still there");
    app.stop().await;
}
