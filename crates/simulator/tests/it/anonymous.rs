//! Asking without having signed in.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::Anonymous;

use crate::client::{Client, Gathered, prove, question, requirements_token};
use crate::upload::send_bare;

const DEVICE: &str = "oai-device-id";
const ONE: &str = "11111111-2222-4333-8444-555555555555";
const OTHER: &str = "99999999-2222-4333-8444-555555555555";
const TOKEN: &str = "openai-sentinel-chat-requirements-token";
const PROOF: &str = "openai-sentinel-proof-token";
const DOOR: &str = "/backend-anon/sentinel/chat-requirements";

async fn post(client: &Client, path: &str, headers: &[(&str, &str)], body: &Value) -> Gathered {
    let mut all = vec![(DEVICE, ONE), ("content-type", "application/json")];
    all.extend(headers);
    send_bare(client, "POST", path, &all, body.to_string()).await
}

async fn requirements(client: &Client) -> String {
    let first = json!({"p": requirements_token()});
    let prepared = post(client, &format!("{DOOR}/prepare"), &[], &first).await;
    let prepared = prepared.json();
    let proof = prove(&prepared["proofofwork"]);
    let second = json!({"prepare_token": prepared["prepare_token"], "proofofwork": proof});
    let finalized = post(client, &format!("{DOOR}/finalize"), &[], &second).await;
    finalized.json()["token"].as_str().unwrap().to_owned()
}

async fn converse(client: &Client, body: &Value) -> Gathered {
    let token = requirements(client).await;
    let path = "/backend-anon/f/conversation";
    post(client, path, &[(TOKEN, &token)], body).await
}

#[tokio::test]
async fn a_device_is_answered_after_the_same_checks_in_two_steps_or_one() {
    let client = Client::new();
    let answer = converse(&client, &question("hello")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.text().ends_with("data: [DONE]\n\n"));

    let asked = post(&client, DOOR, &[], &json!({"p": requirements_token()})).await;
    let asked = asked.json();
    assert_eq!(asked["persona"], "chatgpt-noauth");
    assert_eq!(asked["force_login"], false);
    let token = asked["token"].as_str().unwrap();
    let proof = prove(&asked["proofofwork"]);
    let headers = [(TOKEN, token), (PROOF, proof.as_str().unwrap())];
    let path = "/backend-anon/conversation";
    let answer = post(&client, path, &headers, &question("hello")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let unproven = post(&client, path, &[], &question("hello")).await;
    assert_eq!(unproven.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_device_nobody_is_served() {
    let client = Client::new();
    let path = "/backend-anon/models?iim=false&is_gizmo=false";
    for headers in [&[][..], &[(DEVICE, "")], &[(DEVICE, "mine")]] {
        let refused = send_bare(&client, "GET", path, headers, String::new()).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{headers:?}");
    }
    let headers = [(DEVICE, ONE)];
    let models = send_bare(&client, "GET", path, &headers, String::new()).await;
    let models = models.json();
    let models = models["models"].as_array().unwrap().iter();
    let slugs: Vec<&Value> = models.map(|model| &model["slug"]).collect();
    assert_eq!(slugs, ["auto", "gpt-5-2", "gpt-5-mini"]);
}

#[tokio::test]
async fn a_requirements_token_belongs_to_its_device() {
    let client = Client::new();
    let token = requirements(&client).await;
    let headers = [
        (DEVICE, OTHER),
        ("content-type", "application/json"),
        (TOKEN, token.as_str()),
    ];
    let path = "/backend-anon/f/conversation";
    let body = question("hello").to_string();
    let refused = send_bare(&client, "POST", path, &headers, body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_device_has_text_and_nothing_else() {
    let client = Client::new();
    let mut with_file = question("hello");
    with_file["messages"][0]["metadata"] = json!({"attachments": [{"id": "file-1"}]});
    let mut with_picture = question("hello");
    with_picture["messages"][0]["content"] = json!({
        "content_type": "multimodal_text",
        "parts": [{"asset_pointer": "file-service://file-1"}, "hello"],
    });
    let mut to_gpt = question("hello");
    to_gpt["conversation_mode"] = json!({"kind": "gizmo_interaction", "gizmo_id": "g-1"});
    for body in [with_file, with_picture, to_gpt] {
        let refused = converse(&client, &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(refused.json()["detail"], "Log in to use this feature.");
    }
    for path in ["/backend-anon/me", "/backend-anon/conversations"] {
        let headers = [(DEVICE, ONE)];
        let missing = send_bare(&client, "GET", path, &headers, String::new()).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
    }
    let other_side = [(DEVICE, ONE)];
    let refused = send_bare(
        &client,
        "GET",
        "/backend-api/models",
        &other_side,
        String::new(),
    );
    assert_eq!(refused.await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn prompts_ask_for_faults_as_elsewhere() {
    let client = Client::new();
    for (fault, status) in [
        ("invalid-jwt", StatusCode::UNAUTHORIZED),
        ("unusual-activity", StatusCode::FORBIDDEN),
        ("model-cap", StatusCode::TOO_MANY_REQUESTS),
    ] {
        let refused = converse(&client, &question(&format!("simulate:{fault}"))).await;
        assert_eq!(refused.status, status, "{fault}");
    }
    let sent_back = converse(&client, &question("simulate:turnstile")).await;
    assert_eq!(sent_back.status, StatusCode::FORBIDDEN);
    let asked = post(&client, DOOR, &[], &json!({})).await.json();
    assert_eq!(asked["turnstile"]["required"], true);
}

#[tokio::test]
async fn anonymous_use_can_be_refused_altogether() {
    let client = Client::with(|options| options.anonymous = Anonymous::Refused);
    let asked = post(&client, DOOR, &[], &json!({"p": requirements_token()})).await;
    let asked = asked.json();
    assert_eq!(asked["force_login"], true);
    let token = asked["token"].as_str().unwrap();
    let proof = prove(&asked["proofofwork"]);
    let headers = [(TOKEN, token), (PROOF, proof.as_str().unwrap())];
    let path = "/backend-anon/conversation";
    let refused = post(&client, path, &headers, &question("hello")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(client.ask("hello").await.status, StatusCode::OK);
}
