//! Responses that go on without their callers, and how they end.

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use super::{ask, events, text, with};
use crate::support::{KEY, Setup, TestApp};

#[tokio::test]
async fn a_response_in_the_background_goes_on_alone_and_can_be_watched_again() {
    let app = TestApp::start().await;
    let body = with(ask("echo one two three"), "background", true);
    let queued = app.respond(&body).await.json();
    assert_eq!(
        (&queued["status"], &queued["output"]),
        (&json!("queued"), &json!([]))
    );
    let done = app
        .becomes(queued["id"].as_str().unwrap(), "completed")
        .await;
    assert_eq!(text(&done), "one two three");
    let unwatchable = format!("responses/{}?stream=true", done["id"].as_str().unwrap());
    assert_eq!(app.look_at(&unwatchable).await.status, 400);

    let request = app.call_as(KEY, Method::POST, "responses");
    let body = with(with(ask("long"), "background", true), "stream", true);
    let mut response = request.json(&body).send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    drop(response);
    let id = first.split("resp_").nth(1).unwrap();
    let id = format!("resp_{}", &id[..id.find('"').unwrap()]);
    let whole = app.look_at(&format!("responses/{id}?stream=true")).await;
    let all = events(&whole);
    assert_eq!(all[0]["response"]["status"], "queued");
    assert_eq!(all.last().unwrap()["type"], "response.completed");
    for (number, event) in all.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let rest = app
        .look_at(&format!("responses/{id}?stream=true&starting_after=4"))
        .await;
    assert_eq!(events(&rest), all[5..]);
    let kept = app.becomes(&id, "completed").await;
    assert_eq!(kept["output"], all.last().unwrap()["response"]["output"]);
    app.stop().await;
}

#[tokio::test]
async fn cancelling_ends_the_request_upstream_and_is_remembered() {
    let app = TestApp::start().await;
    let body = with(ask("stall-mid"), "background", true);
    let id = app.respond(&body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.has_open_streams(1).await;
    app.becomes(&id, "in_progress").await;
    let path = format!("responses/{id}/cancel");
    let cancelled = app.post_to(&path, &json!({})).await.json();
    assert_eq!(cancelled["status"], "cancelled");
    app.becomes_quiet().await;
    assert_eq!(
        app.post_to(&path, &json!({})).await.json()["status"],
        "cancelled"
    );
    let plain = app.respond(&ask("echo x")).await.json();
    let path = format!("responses/{}/cancel", plain["id"].as_str().unwrap());
    assert_eq!(app.post_to(&path, &json!({})).await.status, 400);
    app.stop().await;
}

#[tokio::test]
async fn deleting_a_response_that_is_made_ends_it() {
    let app = TestApp::start().await;
    let body = with(ask("stall-mid"), "background", true);
    let id = app.respond(&body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.has_open_streams(1).await;
    let path = format!("responses/{id}");
    assert_eq!(app.delete_at(&path).await.status, 200);
    app.becomes_quiet().await;
    assert_eq!(app.look_at(&path).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn what_was_not_finished_when_the_program_ended_has_failed_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let app = Setup::new().in_folder(&folder).start().await;
    let kept = app.respond(&ask("echo kept")).await.json();
    // As a program leaves it that was killed.
    let left = app.respond(&with(ask("echo x"), "background", true)).await;
    let left = left.json()["id"].as_str().unwrap().to_owned();
    app.becomes(&left, "completed").await;
    let id = app
        .respond(&with(ask("stall-mid"), "background", true))
        .await
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.has_open_streams(1).await;
    app.app.end_responses();
    app.becomes_quiet().await;
    app.stop().await;
    let app = Setup::new().in_folder(&folder).start().await;
    let failed = app.becomes(&id, "failed").await;
    assert_eq!(failed["error"]["code"], "server_error");
    let path = format!("responses/{}", kept["id"].as_str().unwrap());
    assert_eq!(app.look_at(&path).await.json(), kept);
    app.stop().await;
}
