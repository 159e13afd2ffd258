//! The routes around the conversation.

use http::StatusCode;
use serde_json::json;
use simulator::TokenSpec;

use crate::client::{Client, gather};

#[tokio::test]
async fn the_front_page_says_what_it_is() {
    let page = Client::new().get("/").await;
    let build = page.text().split("data-build=\"prod-").nth(1).unwrap();
    assert!(build[..40].chars().all(|digit| digit.is_ascii_hexdigit()));
    assert!(page.text().contains("simulator"));
    assert!(page.headers.contains_key("cf-ray") && page.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn an_account_is_described() {
    let client = Client::new();
    let me = client
        .get("/backend-api/me?include_groups=true")
        .await
        .json();
    assert_eq!(me["email"], "alice@simulator.example");
    let check = client
        .get("/backend-api/accounts/check/v4-2023-04-27")
        .await
        .json();
    let id = check["account_ordering"][0].as_str().unwrap();
    assert_eq!(check["accounts"][id]["account"]["plan_type"], "plus");
    assert_eq!(check["accounts"][id], check["accounts"]["default"]);
    let bare = client.get("/backend-api/accounts/check").await;
    assert_eq!(bare.status, StatusCode::METHOD_NOT_ALLOWED);
    let models = client.get("/backend-api/models").await;
    assert_eq!(models.json()["default_model_slug"], "auto");
    assert!(models.headers.contains_key("etag"));
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let client = Client::new();
    let nothing = client.get("/backend-api/nothing").await;
    assert_eq!(
        (nothing.status, nothing.json()),
        (StatusCode::NOT_FOUND, json!({"detail": "Not Found"}))
    );
    let wrong = client.post("/backend-api/me", &json!({})).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.json(), json!({"detail": "Method Not Allowed"}));
}

#[tokio::test]
async fn tokens_are_checked_everywhere() {
    let client = Client::new();
    let mut stranger = client.signed_in_as(&TokenSpec::new("bob"));
    stranger.token = "eyJ.eyJ.x".to_owned();
    for path in [
        "/backend-api/me",
        "/backend-api/models",
        "/backend-api/conversation/x",
    ] {
        let refused = stranger.get(path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.json()["detail"]["code"], "invalid_jwt");
    }
    client.clock.pass(TokenSpec::new("alice").lifetime);
    let late = client.get("/backend-api/me").await;
    assert_eq!(late.json()["detail"]["code"], "token_expired");
}

#[tokio::test]
async fn tokens_of_one_simulator_are_good_at_another() {
    let (here, mut there) = (Client::new(), Client::new());
    there.token.clone_from(&here.token);
    assert_eq!(there.get("/backend-api/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_the_token_s_own_account_may_be_named() {
    let client = Client::new();
    let me = client
        .get("/backend-api/accounts/check/v4-2023-04-27")
        .await
        .json();
    let own = me["account_ordering"][0].as_str().unwrap();
    let status = async |id: &str| {
        let headers = [("chatgpt-account-id", id)];
        gather(client.send("GET", "/backend-api/me", &headers, None).await)
            .await
            .status
    };
    assert_eq!(status(own).await, StatusCode::OK);
    assert_eq!(
        status("00000000-0000-4000-8000-000000000000").await,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn an_older_upstream_has_no_f_paths() {
    let client = Client::with(|options| options.f_conversation = false);
    for path in [
        "/backend-api/f/conversation",
        "/backend-api/f/conversation/prepare",
    ] {
        let missing = client.post(path, &json!({})).await;
        assert_eq!(
            (missing.status, missing.json()),
            (StatusCode::NOT_FOUND, json!({"detail": "Not Found"}))
        );
    }
}

#[tokio::test]
async fn requests_are_kept_when_asked_for() {
    let client = Client::with(|options| options.record = true);
    client
        .post("/backend-api/f/conversation/prepare?x=1", &json!({"a": 1}))
        .await;
    let recorded = client.simulator.recorded();
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0].method, "POST");
    assert_eq!(recorded[0].path, "/backend-api/f/conversation/prepare?x=1");
    assert_eq!(recorded[0].body, b"{\"a\":1}");
    assert!(recorded[0].headers.contains_key("authorization"));
    let silent = Client::new();
    silent.get("/").await;
    assert!(silent.simulator.recorded().is_empty());
}
