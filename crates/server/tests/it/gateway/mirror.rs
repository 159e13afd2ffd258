//! The mirror under a host of its own, without a browser: who may enter, what is handed on, and what
//! it says of whoever is signed in. What it does with pages, `ui/e2e/mirror` shows.

use http::Method;
use reqwest::RequestBuilder;
use serde_json::json;
use simulator::TokenSpec;

use super::{ALICE, sent, setup};
use crate::support::{TestApp, client_without_redirects};

const HOST: &str = "mirror.test";

async fn cookie(app: &TestApp, word: &str) -> String {
    let request = app.client.post(format!("{}/api/session", app.url));
    let reply = sent(
        request
            .header("x-flowgpt-ui", "1")
            .json(&json!({"code": word})),
    )
    .await;
    assert_eq!(reply.status, 204, "{}", reply.text);
    reply
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

fn asked(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    let request = client_without_redirects().request(method, format!("{}{path}", app.url));
    request.header("host", HOST)
}

#[tokio::test]
async fn whoever_is_not_signed_in_begins_there() {
    let app = setup().set("MIRROR_HOST", HOST).start().await;
    let before = app.simulator.recorded().len();
    let page = sent(asked(&app, Method::GET, "/c/1?model=auto")).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), "/auth/login?next=%2Fc%2F1");
    let form = sent(asked(&app, Method::GET, "/auth/login")).await;
    assert_eq!(form.status, 200);
    let call = sent(asked(&app, Method::GET, "/backend-api/me")).await;
    assert_eq!(call.status, 401);
    let session = sent(asked(&app, Method::GET, "/api/auth/session")).await;
    assert_eq!(session.json(), json!({}));
    assert_eq!(app.simulator.recorded().len(), before);
    app.stop().await;
}

#[tokio::test]
async fn signing_in_payments_and_an_accounts_end_are_not_handed_on() {
    let app = setup().set("MIRROR_HOST", HOST).start().await;
    let own = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let cookies = [cookie(&app, ALICE).await, cookie(&app, &own).await];
    let before = app.simulator.recorded().len();
    for cookie in &cookies {
        for path in [
            "/auth/callback/x",
            "/api/auth/callback/openai",
            "/backend-api/payments/customer_portal",
            "/backend-api/accounts/deactivate",
            "/backend-api/accounts/data_export",
            "/backend-api/accounts/logout_all",
            "/cdn-cgi/challenge-platform/x",
            "/_h/evil.example/x",
            "/_h/cdn.oaistatic.com/../x",
        ] {
            let request = asked(&app, Method::GET, path).header("cookie", cookie);
            let reply = sent(request).await;
            assert!(
                matches!(reply.status, 303 | 403 | 404),
                "{path}: {}",
                reply.status
            );
        }
        let telemetry = asked(&app, Method::POST, "/ces/v1/t").header("cookie", cookie);
        assert_eq!(sent(telemetry).await.status, 202);
    }
    assert_eq!(app.simulator.recorded().len(), before);
    app.stop().await;
}

#[tokio::test]
async fn all_that_says_who_is_signed_in_agrees_and_the_token_opens_nothing() {
    let app = setup().set("MIRROR_HOST", HOST).start().await;
    let own = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    for word in [ALICE, &own] {
        let cookie = cookie(&app, word).await;
        let get = async |path: &str| {
            let request = asked(&app, Method::GET, path).header("cookie", &cookie);
            sent(request).await.json()
        };
        let session = get("/api/auth/session").await;
        let me = get("/backend-api/me").await;
        let account = get("/backend-api/accounts/check/v4-2023-04-27").await;
        assert_eq!(session["user"]["id"], me["id"], "{session}");
        assert_eq!(session["user"]["email"], me["email"]);
        let id = session["account"]["id"].as_str().unwrap();
        assert_eq!(account["account_ordering"][0], id);
        let entry = &account["accounts"][id];
        assert_eq!(
            entry["account"]["plan_type"],
            session["account"]["planType"]
        );
        // What official pages show the makings of a message by.
        assert!(
            entry["features"]
                .as_array()
                .unwrap()
                .contains(&json!("debug"))
        );
        let token = session["accessToken"].as_str().unwrap();
        assert_ne!(token, own);
        let request = app
            .client
            .get(format!("{}/v1/models", app.url))
            .bearer_auth(token);
        assert_eq!(sent(request).await.status, 401);
    }
    app.stop().await;
}
