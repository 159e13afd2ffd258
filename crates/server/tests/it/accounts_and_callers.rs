//! Who may call, and which account answers.

use std::time::Duration;

use serde_json::Value;
use simulator::{RecordedRequest, TokenSpec};

use crate::support::{KEY, Reply, Setup, TestApp, question};

fn bearer(request: &RecordedRequest) -> String {
    request.headers["authorization"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn an_own_token_needs_no_pool_and_is_sent_as_it_is() {
    let app = Setup::new().accounts(Vec::new()).start().await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let reply = Reply::read(
        app.ask_as(&token, &question("simulate:echo hi"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(reply.content(), "hi");
    assert_eq!(bearer(&app.conversations()[0]), format!("Bearer {token}"));
    let reply = Reply::read(app.ask(&question("simulate:echo hi")).send().await.unwrap()).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (503, "no_account_available")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_token_may_come_bare_or_in_the_other_header() {
    let app = TestApp::start().await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let url = format!("{}/v1/chat/completions", app.url);
    for (name, value) in [
        ("authorization", token.clone()),
        ("x-authorization", format!("Bearer {token}")),
        ("x-authorization", KEY.to_owned()),
    ] {
        let request = app
            .client
            .post(&url)
            .header(name, value)
            .json(&question("simulate:echo hi"));
        let reply = Reply::read(request.send().await.unwrap()).await;
        assert_eq!(reply.content(), "hi", "{}", reply.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_workspace_of_the_body_overrules_the_header_and_that_the_suffix() {
    let app = TestApp::start().await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let id = |digit: &str| format!("00000000-0000-4000-8000-00000000000{digit}");
    let ask = |body: Value, header: Option<String>| {
        let request = app.ask_as(&format!("{token},{}", id("1")), &body);
        match header {
            Some(header) => request.header("chatgpt-account-id", header),
            None => request,
        }
    };
    let mut with_body = question("simulate:echo hi");
    with_body["Chatgpt-Account-Id"] = id("3").into();
    for (request, sent) in [
        (ask(question("simulate:echo hi"), None), id("1")),
        (ask(question("simulate:echo hi"), Some(id("2"))), id("2")),
        (ask(with_body, Some(id("2"))), id("3")),
    ] {
        Reply::read(request.send().await.unwrap()).await;
        let seen = app.simulator.recorded().pop().unwrap();
        assert_eq!(seen.headers["chatgpt-account-id"], sent.as_str());
    }
    app.stop().await;
}

#[tokio::test]
async fn an_expired_or_foreign_token_is_refused_as_the_callers_own_fault() {
    let app = TestApp::start().await;
    let mut expired = TokenSpec::new("mine");
    expired.lifetime = std::time::Duration::ZERO;
    let expired = app.simulator.mint_access_token(&expired);
    let reply = Reply::read(app.ask_as(&expired, &question("x")).send().await.unwrap()).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (401, "token_expired")
    );
    let mut refused = TokenSpec::new("other");
    refused.fault = Some("invalid-jwt".into());
    let refused = app.simulator.mint_access_token(&refused);
    let reply = Reply::read(app.ask_as(&refused, &question("x")).send().await.unwrap()).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (401, "invalid_upstream_token")
    );
    app.stop().await;
}

#[tokio::test]
async fn an_entry_that_has_ended_removes_no_account_and_one_that_is_taken_out_does() {
    let folder = tempfile::tempdir().unwrap();
    let app = Setup::new().in_folder(&folder).start().await;
    let mint = |name: &str, hours| {
        app.simulator.mint_access_token(&TokenSpec {
            lifetime: Duration::from_hours(hours),
            ..TokenSpec::new(name)
        })
    };
    let (short, long) = (mint("a", 1), mint("b", 100));
    app.stop().await;
    let two = Duration::from_hours(2);
    for (listed, ahead, left) in [
        (format!("{short},{long}"), Duration::ZERO, 2),
        // Of the one that has ended it cannot be said that it is not there any more.
        (format!("{short},fk-relay"), two, 3),
        (format!("{long},fk-relay"), two, 2),
    ] {
        let setup = Setup::new().in_folder(&folder).later(ahead);
        let app = setup.set("ACCOUNTS", listed).start().await;
        assert_eq!(app.app.accounts(), left);
        app.stop().await;
    }
}

#[tokio::test]
async fn round_robin_takes_turns() {
    let accounts = ["a", "b", "c"].map(TokenSpec::new).to_vec();
    let app = Setup::new()
        .accounts(accounts)
        .set("RANDOM_TOKEN", "false")
        .start()
        .await;
    for _ in 0..6 {
        app.answer("simulate:echo x").await;
    }
    let seen: Vec<String> = app.conversations().iter().map(bearer).collect();
    assert_eq!(seen[..3], seen[3..]);
    assert_ne!(seen[0], seen[1]);
    assert_ne!(seen[1], seen[2]);
    app.stop().await;
}

#[tokio::test]
async fn models_are_those_of_the_callers_accounts_with_aliases() {
    let mut free = TokenSpec::new("free");
    free.plan = "free".into();
    let app = TestApp::start().await;
    let free = app.simulator.mint_access_token(&free);
    let list = async |credential: String| {
        let request = app
            .client
            .get(format!("{}/v1/models", app.url))
            .bearer_auth(credential);
        let reply = Reply::read(request.send().await.unwrap()).await.json();
        assert_eq!(reply["object"], "list");
        let ids = reply["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let pool = list(KEY.into()).await;
    assert!(
        pool.contains(&"gpt-5-5".into()) && pool.contains(&"gpt-5.5".into()),
        "{pool:?}"
    );
    let own = list(free).await;
    assert!(
        own.contains(&"auto".into()) && !own.contains(&"gpt-5-5".into()),
        "{own:?}"
    );
    let one = app
        .client
        .get(format!("{}/v1/models/gpt-5.5", app.url))
        .bearer_auth(KEY);
    assert_eq!(
        Reply::read(one.send().await.unwrap()).await.json()["id"],
        "gpt-5.5"
    );
    app.stop().await;
}

#[tokio::test]
async fn check_model_finds_the_account_that_has_the_model() {
    let mut free = TokenSpec::new("free");
    free.plan = "free".into();
    let app = Setup::new()
        .accounts(vec![free, TokenSpec::new("plus")])
        .set("RANDOM_TOKEN", "false")
        .set("CHECK_MODEL", "true")
        .start()
        .await;
    for _ in 0..2 {
        let mut body = question("simulate:echo x");
        body["model"] = "gpt-5.5".into();
        let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
        assert_eq!(reply.header("x-flowgpt-model"), "gpt-5-5");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_relay_gets_its_key_and_no_preflight() {
    let app = Setup::new()
        .set("CONVERSATION_ONLY", "true")
        .set("AUTH_KEY", "relay-word")
        .set("OAI_LANGUAGE", "en-GB")
        .start()
        .await;
    assert_eq!(app.answer("simulate:echo x").await.content(), "x");
    let seen = app.simulator.recorded();
    assert!(seen.iter().all(|it| !it.path.contains("sentinel")));
    let headers = &app.conversations()[0].headers;
    assert_eq!(headers["authkey"], "relay-word");
    assert_eq!(headers["auth_key"], "relay-word");
    assert_eq!(headers["oai-language"], "en-GB");
    assert!(
        headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("FlowGPT/")
    );
    app.stop().await;
}

#[tokio::test]
async fn requirements_and_conversations_leave_by_their_own_proxies_with_their_credentials() {
    let app = Setup::new().proxied().start().await;
    assert_eq!(app.answer("simulate:echo x").await.content(), "x");
    for request in app.simulator.recorded() {
        let expected = if request.path.contains("/sentinel/") {
            "Basic c2VudGluZWw6d29yZA=="
        } else {
            "Basic Y2hhdDp3b3Jk"
        };
        assert_eq!(
            request.headers["proxy-authorization"], expected,
            "{}",
            request.path
        );
        assert_eq!(request.headers["host"], "upstream.invalid");
    }
    let reply = app.answer("simulate:cloudflare").await;
    let message = reply.json()["error"]["message"].to_string();
    assert!(
        message.contains("via egress \\\"http://127.0.0.1:"),
        "{message}"
    );
    assert!(!message.contains("word"), "{message}");
    app.stop().await;
}
