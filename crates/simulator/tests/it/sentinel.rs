//! The checks before a conversation.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulator::{SentinelOptions, TokenSpec};

use crate::client::{Client, Gathered, gather, prove, question, requirements_token};

const DOOR: &str = "/backend-api/sentinel/chat-requirements";
const TOKEN: &str = "openai-sentinel-chat-requirements-token";
const PROOF: &str = "openai-sentinel-proof-token";

async fn call(client: &Client, headers: &[(&str, &str)]) -> Gathered {
    let body = question("hi");
    gather(
        client
            .send("POST", "/backend-api/conversation", headers, Some(&body))
            .await,
    )
    .await
}

fn detail(reply: &Gathered) -> String {
    reply.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_step_gives_the_token_and_wants_the_proof_with_the_call() {
    let client = Client::new();
    let asked = client
        .post(DOOR, &json!({"p": requirements_token()}))
        .await
        .json();
    assert_eq!(asked["persona"], "chatgpt-paid");
    assert_eq!(asked["expire_after"], 540);
    assert_eq!(asked["proofofwork"]["difficulty"], "0fffff");
    assert_eq!(asked["turnstile"]["required"], false);
    let token = asked["token"].as_str().unwrap();
    let proof = prove(&asked["proofofwork"]);
    let headers = [(TOKEN, token), (PROOF, proof.as_str().unwrap())];
    assert_eq!(call(&client, &headers).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_token_or_proof_nothing_is_answered() {
    let client = Client::new();
    assert!(detail(&call(&client, &[]).await).contains("Unusual activity"));
    let asked = client.post(DOOR, &json!({"p": null})).await.json();
    let token = asked["token"].as_str().unwrap();
    assert_eq!(
        call(&client, &[(TOKEN, token)]).await.status,
        StatusCode::FORBIDDEN
    );
    let asked = client.post(DOOR, &json!({})).await.json();
    let given_up = "gAAAAABwQ8Lk5FbGpA2NcR9dShT6gYjU7VxZ4DIjAuMSI=";
    let headers = [(TOKEN, asked["token"].as_str().unwrap()), (PROOF, given_up)];
    assert_eq!(call(&client, &headers).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn in_two_steps_the_proof_is_checked_at_the_second() {
    let client = Client::new();
    let prepare = format!("{DOOR}/prepare");
    let finalize = format!("{DOOR}/finalize");
    let first = client
        .post(&prepare, &json!({"p": requirements_token()}))
        .await
        .json();
    let unproven = json!({"prepare_token": first["prepare_token"]});
    assert_eq!(
        client.post(&finalize, &unproven).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        client.post(&finalize, &json!({})).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let token = client.requirements().await;
    assert_eq!(
        call(&client, &[(TOKEN, &token)]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_token_is_good_once_for_one_account_and_for_a_while() {
    let client = Client::new();
    let token = client.requirements().await;
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    assert_eq!(
        call(&other, &[(TOKEN, &token)]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        call(&client, &[(TOKEN, &token)]).await.status,
        StatusCode::OK
    );
    assert_eq!(
        call(&client, &[(TOKEN, &token)]).await.status,
        StatusCode::FORBIDDEN
    );
    let token = client.requirements().await;
    client.clock.pass(Duration::from_mins(9));
    let late = call(&client, &[(TOKEN, &token)]).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(detail(&late).contains("token has expired"));
}

#[tokio::test]
async fn the_first_token_must_have_its_shape() {
    let client = Client::new();
    for p in [json!("gAAAAAC"), json!("x"), json!(5), json!("gAAAAACWzFd")] {
        let refused = client.post(DOOR, &json!({"p": p})).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{p}");
    }
}

#[tokio::test]
async fn the_options_decide_what_is_asked() {
    let client = Client::with(|options| {
        options.sentinel = SentinelOptions {
            two_step: false,
            difficulty: None,
            lifetime: Duration::from_mins(1),
        };
    });
    let missing = client.post(&format!("{DOOR}/prepare"), &json!({})).await;
    assert_eq!(missing.json(), json!({"detail": "Not Found"}));
    let asked = client.post(DOOR, &json!({})).await.json();
    assert_eq!(asked["proofofwork"]["required"], false);
    assert_eq!(asked["expire_after"], 60);
    let token = asked["token"].as_str().unwrap();
    assert_eq!(
        call(&client, &[(TOKEN, token)]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_relay_does_the_checks_itself() {
    let relayed = call(&Client::new(), &[("authkey", "relay")]).await;
    assert_eq!(relayed.status, StatusCode::OK);
}

#[tokio::test]
async fn faults_of_the_checks() {
    let client = Client::new();
    for (fault, pointer, value) in [
        ("turnstile", "/turnstile/required", json!(true)),
        ("arkose", "/arkose/required", json!(true)),
        ("pow-hard", "/proofofwork/difficulty", json!("0000000001")),
        ("force-login", "/force_login", json!(true)),
    ] {
        let spec = TokenSpec {
            fault: Some(fault.to_owned()),
            ..TokenSpec::new("troubled")
        };
        let troubled = client.signed_in_as(&spec);
        let asked = troubled.post(DOOR, &json!({})).await.json();
        assert_eq!(asked.pointer(pointer), Some(&value), "{fault}");
        let proof = match fault {
            "pow-hard" => Value::from("gAAAAAB"),
            _ => prove(&asked["proofofwork"]),
        };
        let headers = [
            (TOKEN, asked["token"].as_str().unwrap()),
            (PROOF, proof.as_str().unwrap()),
        ];
        assert_eq!(
            call(&troubled, &headers).await.status,
            StatusCode::FORBIDDEN,
            "{fault}"
        );
    }
    client.always_send("x-simulator-fault", "sentinel-cloudflare");
    let page = client.post(DOOR, &json!({})).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(page.headers["cf-mitigated"], "challenge");
    assert!(page.text().contains("_cf_chl_opt"));
}
