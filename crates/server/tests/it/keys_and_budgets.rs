//! Managed keys: what they may ask for, how much at once, and how much in a day.

use accounts::{Budget, KeyPolicy, MadeKey, NewManagedKey, Period};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{Reply, Setup, TestApp, question};

async fn key(app: &TestApp, policy: KeyPolicy) -> MadeKey {
    let new = NewManagedKey {
        name: "a friend".into(),
        policy,
        expires_at: None,
    };
    app.app.keys().create(new, &[7; 64], 0).await.unwrap()
}

fn budget(requests: Option<u64>, tokens: Option<u64>) -> KeyPolicy {
    KeyPolicy {
        budgets: vec![Budget {
            period: Period::Day,
            requests,
            tokens,
        }],
        ..KeyPolicy::default()
    }
}

async fn ask(app: &TestApp, key: &MadeKey, body: &Value) -> Reply {
    let request = app.ask_as(key.secret.expose_secret(), body);
    Reply::read(request.send().await.unwrap()).await
}

async fn usage(app: &TestApp, key: &MadeKey) -> Value {
    let request = app.client.get(format!("{}/v1/usage", app.url));
    let request = request.bearer_auth(key.secret.expose_secret());
    Reply::read(request.send().await.unwrap()).await.json()
}

#[tokio::test]
async fn a_key_answers_until_its_requests_are_used_up_and_says_when_it_will_again() {
    let app = TestApp::start().await;
    let key = key(&app, budget(Some(2), None)).await;
    for _ in 0..2 {
        assert_eq!(
            ask(&app, &key, &question("simulate:echo hi"))
                .await
                .content(),
            "hi"
        );
    }
    let refused = ask(&app, &key, &question("simulate:echo hi")).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "key_budget_exceeded")
    );
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&wait));
    let day = &usage(&app, &key).await["budgets"][0];
    assert_eq!(day["period"], "day");
    assert_eq!(
        day["requests"],
        json!({"used": 2, "reserved": 0, "limit": 2})
    );
    app.stop().await;
}

#[tokio::test]
async fn an_answer_is_cut_where_the_tokens_end_and_the_next_is_refused() {
    let app = TestApp::start().await;
    let key = key(&app, budget(None, Some(100))).await;
    let mut body = question("simulate:long");
    body["stream"] = true.into();
    let cut = ask(&app, &key, &body).await;
    assert_eq!(cut.finish_reason(), "length", "{}", cut.text);
    app.becomes_quiet().await;
    loop {
        let tokens = usage(&app, &key).await["budgets"][0]["tokens"].clone();
        if tokens["reserved"] == 0 {
            let used = tokens["used"].as_u64().unwrap();
            assert!((50..=100).contains(&used), "{used}");
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let refused = ask(&app, &key, &question("simulate:long")).await;
    assert_eq!(refused.code(), "key_budget_exceeded");
    app.stop().await;
}

#[tokio::test]
async fn a_key_may_ask_only_for_its_models_and_be_taken_back() {
    let app = TestApp::start().await;
    let policy = KeyPolicy {
        models: vec!["gpt-5*".into()],
        ..KeyPolicy::default()
    };
    let key = key(&app, policy).await;
    let mut body = question("simulate:echo hi");
    body["model"] = "gpt-5".into();
    assert_eq!(ask(&app, &key, &body).await.status, 200);
    body["model"] = "o3".into();
    let refused = ask(&app, &key, &body).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "model_not_allowed")
    );
    let keys = app.app.keys();
    keys.change(key.view.id, None, None, Some(true), None)
        .await
        .unwrap();
    let refused = ask(&app, &key, &body).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "api_key_not_usable")
    );
    keys.remove(key.view.id, 1).await.unwrap();
    assert_eq!(ask(&app, &key, &body).await.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn a_key_has_no_more_requests_under_way_than_it_may_have() {
    let app = TestApp::start().await;
    let policy = KeyPolicy {
        max_in_use: Some(1),
        ..KeyPolicy::default()
    };
    let key = key(&app, policy).await;
    let mut body = question("simulate:stall-mid");
    body["stream"] = true.into();
    let running = app.ask_as(key.secret.expose_secret(), &body).send().await;
    let running = running.unwrap();
    assert_eq!(running.status(), 200);
    let refused = ask(&app, &key, &question("simulate:echo hi")).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "key_concurrency_exceeded")
    );
    drop(running);
    app.becomes_quiet().await;
    // The place is given back with the stream, perhaps a moment after the lease.
    while ask(&app, &key, &question("simulate:echo hi")).await.status == 429 {}
    app.stop().await;
}

#[tokio::test]
async fn every_request_is_in_the_log_once_with_its_account_and_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let app = crate::support::Setup::new()
        .in_folder(&folder)
        .start()
        .await;
    let key = key(&app, KeyPolicy::default()).await;
    ask(&app, &key, &question("simulate:echo hi")).await;
    let failed = ask(&app, &key, &question("simulate:too-long")).await;
    assert_eq!(failed.status, 413);
    app.stop().await;
    // What was counted is written before the program ends.
    let app = crate::support::Setup::new()
        .in_folder(&folder)
        .start()
        .await;
    let all = app
        .app
        .database()
        .requests(store::records::RequestFilter::default(), 10);
    let all = all.await.unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    let answered = all.iter().find(|it| it.status == 200).unwrap();
    assert_eq!(answered.key_id, Some(key.view.id.to_string()));
    assert!(answered.account_id.is_some());
    assert!(answered.prompt_tokens.unwrap() > 0 && answered.completion_tokens.unwrap() > 0);
    let failed = all.iter().find(|it| it.status == 413).unwrap();
    assert_eq!(failed.code.as_deref(), Some("context_length_exceeded"));
    app.stop().await;
}

/// Every route that asks an account of the web driver for something.
fn web_only() -> [(&'static str, Value); 6] {
    let hi = || json!([{"role": "user", "content": "simulate:echo hi"}]);
    [
        (
            "chat/completions",
            json!({"model": "auto", "messages": hi()}),
        ),
        (
            "chat/completions",
            json!({"model": "web/auto", "messages": hi()}),
        ),
        (
            "responses",
            json!({"model": "web/auto", "input": "simulate:echo hi"}),
        ),
        (
            "messages",
            json!({"model": "web/auto", "max_tokens": 9, "messages": hi()}),
        ),
        ("images/generations", json!({"prompt": "a cat"})),
        (
            "audio/speech",
            json!({"model": "tts-1", "voice": "cove", "input": "hi"}),
        ),
    ]
}

#[tokio::test]
async fn a_key_is_kept_from_drivers_it_may_not_use_whatever_it_asks_for() {
    let app = TestApp::start().await;
    let policy = KeyPolicy {
        drivers: vec!["codex".into()],
        ..KeyPolicy::default()
    };
    let key = key(&app, policy).await;
    for (path, body) in web_only() {
        let request = app.client.post(format!("{}/v1/{path}", app.url));
        let request = request.bearer_auth(key.secret.expose_secret()).json(&body);
        let refused = Reply::read(request.send().await.unwrap()).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text);
        assert!(refused.text.contains("driver"), "{path}: {}", refused.text);
    }
    assert!(app.simulator.recorded().is_empty(), "nothing went upstream");
    app.stop().await;
}

#[tokio::test]
async fn a_drivers_name_before_a_model_opens_no_model() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    let policy = KeyPolicy {
        models: vec!["gpt-5.2".into()],
        ..KeyPolicy::default()
    };
    let key = key(&app, policy).await;
    let mut body = question("simulate:echo hi");
    body["model"] = "codex/gpt-5.2".into();
    assert_eq!(ask(&app, &key, &body).await.status, 200);
    for model in [
        "codex/gpt-5.4",
        "web/auto",
        "CODEX/gpt-5.2",
        "codex/codex/gpt-5.4",
    ] {
        body["model"] = model.into();
        let refused = ask(&app, &key, &body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "model_not_allowed"),
            "{model}"
        );
    }
    app.stop().await;
}
