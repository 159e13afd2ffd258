//! Routes that are only handed through to a server with an API of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use accounts::{Budget, KeyPolicy, NewManagedKey, Period};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{KEY, Reply, Setup, TestApp};

const EMBEDDING: &str = "text-embedding-3-small";

fn setup() -> Setup {
    Setup::new().set("DRIVERS", "web,platform").with_key()
}

async fn post(app: &TestApp, key: &str, path: &str, body: &Value) -> Reply {
    let request = app.client.post(format!("{}{path}", app.url));
    let request = request.bearer_auth(key).json(body);
    Reply::read(request.send().await.unwrap()).await
}

async fn managed(app: &TestApp, number: u8, policy: KeyPolicy) -> String {
    let new = NewManagedKey {
        name: "a friend".into(),
        policy,
        expires_at: None,
    };
    let made = app.app.keys().create(new, &[number; 64], 0).await.unwrap();
    made.secret.expose_secret().to_owned()
}

#[tokio::test]
async fn what_the_server_says_comes_back_as_it_is() {
    let app = setup().start().await;
    let body = json!({"model": EMBEDDING, "input": ["a", "b"], "dimensions": 8});
    let reply = post(&app, KEY, "/v1/embeddings", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-driver"), "platform");
    assert_eq!(reply.header("x-flowgpt-attempts"), "1");
    let vectors = reply.json()["data"].clone();
    assert_eq!(vectors.as_array().unwrap().len(), 2);
    assert_eq!(vectors[1]["embedding"].as_array().unwrap().len(), 8);
    let named =
        json!({"model": format!("platform/{EMBEDDING}"), "input": ["a", "b"], "dimensions": 8});
    let named = post(&app, KEY, "/v1/embeddings", &named).await;
    assert_eq!(named.json(), reply.json());

    let body = json!({"input": ["fine", "simulate:violence"]});
    let reply = post(&app, KEY, "/v1/moderations", &body).await.json();
    let flags: Vec<&Value> = reply["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["flagged"])
        .collect();
    assert_eq!(flags, [false, true]);

    let wrong = json!({"model": EMBEDDING, "input": "a", "dimensions": 0});
    let refused = post(&app, KEY, "/v1/embeddings", &wrong).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"]["param"], "dimensions");
    let absent = post(&app, KEY, "/v1/rerank", &json!({"model": "m"})).await;
    assert_eq!(absent.status, 404);
    assert!(
        absent.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("/v1/rerank")
    );
    app.stop().await;
}

#[tokio::test]
async fn without_an_account_for_it_the_driver_is_named() {
    let app = Setup::new().set("DRIVERS", "web,platform").start().await;
    let body = json!({"model": EMBEDDING, "input": "a"});
    let refused = post(&app, KEY, "/v1/embeddings", &body).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (404, "unsupported_route")
    );
    assert_eq!(refused.json()["error"]["drivers"], json!(["platform"]));
    app.stop().await;
    let app = setup().start().await;
    let body = json!({"model": format!("codex/{EMBEDDING}"), "input": "a"});
    let refused = post(&app, KEY, "/v1/embeddings", &body).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (404, "unsupported_route")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_key_may_use_it_within_its_limits_and_is_counted() {
    let app = setup().start().await;
    let body = json!({"model": EMBEDDING, "input": "one two three"});
    for (number, policy) in (1..).zip([
        KeyPolicy {
            drivers: vec!["web".into()],
            ..KeyPolicy::default()
        },
        KeyPolicy {
            models: vec!["gpt-5".into()],
            ..KeyPolicy::default()
        },
    ]) {
        let key = managed(&app, number, policy).await;
        assert_eq!(post(&app, &key, "/v1/embeddings", &body).await.status, 403);
    }
    let budget = Budget {
        period: Period::Day,
        requests: Some(1),
        tokens: Some(1000),
    };
    let key = managed(
        &app,
        3,
        KeyPolicy {
            budgets: vec![budget],
            ..KeyPolicy::default()
        },
    )
    .await;
    let reply = post(&app, &key, "/v1/embeddings", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let tokens = reply.json()["usage"]["total_tokens"].clone();
    loop {
        let request = app
            .client
            .get(format!("{}/v1/usage", app.url))
            .bearer_auth(&key);
        let usage = Reply::read(request.send().await.unwrap()).await.json();
        let counted = &usage["budgets"][0]["tokens"];
        if counted["reserved"] == 0 {
            assert_eq!(counted["used"], tokens);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let refused = post(&app, &key, "/v1/embeddings", &body).await;
    assert_eq!(refused.code(), "key_budget_exceeded");
    app.stop().await;
}

/// Fails the first request of the platform as an overloaded server does.
async fn fails_once(request: Request, next: Next) -> Response {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let is_first =
        request.uri().path().ends_with("/embeddings") && ASKED.fetch_add(1, Ordering::Relaxed) == 0;
    if is_first {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    next.run(request).await
}

/// Refuses every key.
async fn refuses(request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/embeddings") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

#[tokio::test]
async fn what_another_attempt_may_mend_is_tried_again_and_a_bad_key_is_the_gateways_fault() {
    let body = json!({"model": EMBEDDING, "input": "a"});
    let app = setup()
        .around(|it| it.layer(from_fn(fails_once)))
        .start()
        .await;
    let reply = post(&app, KEY, "/v1/embeddings", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-attempts"), "2");
    app.stop().await;
    let app = setup()
        .around(|it| it.layer(from_fn(refuses)))
        .start()
        .await;
    let reply = post(&app, KEY, "/v1/embeddings", &body).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (503, "no_account_available")
    );
    app.stop().await;
}
