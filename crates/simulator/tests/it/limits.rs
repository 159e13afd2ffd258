//! What accounts have and have used up: models, plans, features.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, gather, question};
use crate::fold::{Folded, fold};

const INIT: &str = "/backend-api/conversation/init";

fn limited(client: &Client, name: &str, clears_in: u64) -> Client {
    client.signed_in_as(&TokenSpec::new("bob").with_limit(name, clears_in))
}

fn asking(model: &str, prompt: &str) -> Value {
    let mut body = question(prompt);
    body["model"] = json!(model);
    body
}

fn model_of(answer: &Folded) -> &Value {
    &answer.messages.last().unwrap()["metadata"]["model_slug"]
}

fn remaining<'a>(detail: &'a Value, feature: &str) -> &'a Value {
    let rows = detail["limits_progress"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["feature_name"] == feature)
        .unwrap();
    &row["remaining"]
}

#[tokio::test]
async fn a_model_that_is_used_up_is_refused_until_it_clears() {
    let client = Client::new();
    let limited = limited(&client, "gpt-5-2", 252);
    client.clock.pass(Duration::from_secs(2));
    let refused = limited.converse(&asking("gpt-5-2", "hello")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let detail = &refused.json()["detail"];
    assert_eq!(
        (&detail["code"], &detail["clears_in"]),
        (&json!("model_cap_exceeded"), &json!(250))
    );
    let other_model = fold(&limited.converse(&asking("gpt-5-5", "hello")).await.body);
    assert_eq!(model_of(&other_model), "gpt-5-5");
    let auto = fold(&limited.converse(&asking("auto", "hello")).await.body);
    assert_eq!(model_of(&auto), "gpt-5-mini");
    let init = limited.post(INIT, &json!({})).await.json();
    assert_eq!(init["model_limits"][0]["model_slug"], "gpt-5-2");
    client.clock.pass(Duration::from_secs(250));
    let cleared = fold(&limited.converse(&asking("gpt-5-2", "hello")).await.body);
    assert_eq!(model_of(&cleared), "gpt-5-2");
}

#[tokio::test]
async fn an_account_without_pictures_left_answers_in_words() {
    let client = Client::new();
    let limited = limited(&client, "image_gen", 60);
    let init = limited
        .post(INIT, &json!({"conversation_id": null}))
        .await
        .json();
    assert_eq!(init["type"], "conversation_detail_metadata");
    assert_eq!(remaining(&init, "image_gen"), 0);
    assert_eq!(init["blocked_features"][0]["name"], "image_gen");
    let answer = fold(&limited.ask("simulate:image").await.body);
    assert!(
        answer
            .answer()
            .contains("hit your limit for creating images")
    );
    assert!(
        answer
            .messages
            .iter()
            .all(|message| message["author"]["role"] != "tool")
    );
    let detail = answer
        .typed
        .iter()
        .find(|event| event["type"] == init["type"])
        .unwrap();
    assert_eq!(remaining(detail, "image_gen"), 0);
    assert_eq!(detail["blocked_features"], init["blocked_features"]);
    let unlimited = client.post(INIT, &json!({})).await.json();
    assert_ne!(remaining(&unlimited, "image_gen"), 0);
    assert_eq!(unlimited["blocked_features"], json!([]));
    let answer = fold(&client.ask("simulate:image").await.body);
    assert!(
        answer
            .messages
            .iter()
            .any(|message| message["author"]["role"] == "tool")
    );
}

#[tokio::test]
async fn init_is_asked_about_what_is_there() {
    let client = Client::new();
    for body in [
        json!({"gizmo_id": "g-unknown"}),
        json!({"conversation_id": "unknown"}),
    ] {
        assert_eq!(client.post(INIT, &body).await.status, StatusCode::NOT_FOUND);
    }
    let known = client.post(INIT, &json!({"gizmo_id": "g-simCoder1"})).await;
    assert_eq!(known.json()["default_model_slug"], "auto");
}

#[tokio::test]
async fn models_that_have_not_changed_are_not_sent_again() {
    let client = Client::new();
    let path = "/backend-api/models?history_and_training_disabled=false";
    let first = client.get(path).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let again = async |client: &Client, tag: &str| {
        let headers = [("if-none-match", tag)];
        gather(client.send("GET", path, &headers, None).await).await
    };
    let same = again(&client, &tag).await;
    assert_eq!((same.status, same.text()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(same.headers["etag"], tag);
    assert_eq!(again(&client, "W/\"0\"").await.status, StatusCode::OK);
    let mut spec = TokenSpec::new("carol");
    spec.plan = "free".to_owned();
    let free = client.signed_in_as(&spec);
    assert_eq!(again(&free, &tag).await.status, StatusCode::OK);
}
