//! Tokens that somebody made up: they open nothing, whosever account they name.

use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::support::{Reply, TestApp, bound, question};

/// The same claims under a signature that nobody gave.
fn forged(token: &str) -> String {
    let (claims, signature) = token.rsplit_once('.').unwrap();
    let backwards: String = signature.chars().rev().collect();
    format!("{claims}.{backwards}")
}

fn form(content: &str) -> reqwest::multipart::Form {
    let file = reqwest::multipart::Part::text(content.to_owned()).file_name("mine.txt");
    reqwest::multipart::Form::new()
        .text("purpose", "user_data")
        .part("file", file)
}

async fn upload(app: &TestApp, token: &str) -> Reply {
    let url = format!("{}/v1/files", app.url);
    let request = app.client.post(url).bearer_auth(token);
    Reply::read(request.multipart(form("a secret")).send().await.unwrap()).await
}

async fn get(app: &TestApp, token: &str, path: &str) -> Reply {
    let url = format!("{}{path}", app.url);
    Reply::read(app.client.get(url).bearer_auth(token).send().await.unwrap()).await
}

#[tokio::test]
async fn a_forged_token_reads_keeps_and_deletes_no_files() {
    let app = TestApp::start().await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let forged = forged(&token);
    let id = upload(&app, &token).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let place = format!("/v1/files/{id}");
    for path in ["/v1/files", &place, &format!("{place}/content")] {
        assert_eq!(get(&app, &token, path).await.status, 200, "{path}");
        let reply = get(&app, &forged, path).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (401, "invalid_upstream_token"),
            "{path}"
        );
    }
    let deleted = app
        .client
        .delete(format!("{}{place}", app.url))
        .bearer_auth(&forged);
    assert_eq!(deleted.send().await.unwrap().status(), 401);
    assert_eq!(upload(&app, &forged).await.status, 401);
    let listed = get(&app, &token, "/v1/files").await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);

    let part = json!([{"type": "file", "file": {"file_id": id}},
        {"type": "text", "text": "simulate:describe"}]);
    let body = json!({"model": "auto", "messages": [{"role": "user", "content": part}]});
    let reply = Reply::read(app.ask_as(&forged, &body).send().await.unwrap()).await;
    assert_eq!(reply.status, 401, "{}", reply.text);
    app.stop().await;
}

#[tokio::test]
async fn a_forged_token_does_not_see_what_was_remembered_of_an_account() {
    let app = TestApp::start().await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    assert_eq!(get(&app, &token, "/v1/models").await.status, 200);
    assert_eq!(get(&app, &forged(&token), "/v1/models").await.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn a_forged_token_has_nothing_fetched() {
    let (listener, url) = bound().await;
    let host = url.trim_start_matches("http://").to_owned();
    let app = crate::support::Setup::new()
        .set("FETCH_ALLOW_HOSTS", host)
        .start()
        .await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let mut body: Value = question("");
    body["messages"][0]["content"] =
        json!([{"type": "image_url", "image_url": {"url": format!("{url}/x.png")}}]);
    let reply = Reply::read(app.ask_as(&forged(&token), &body).send().await.unwrap()).await;
    assert_eq!(reply.status, 401, "{}", reply.text);
    let connected = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(connected.is_err(), "somebody connected");
    app.stop().await;
}
