//! GPTs, limits and downgrades: who may answer, and who does.

use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::support::{KEY, Reply, Setup, TestApp, question};

async fn ask(app: &TestApp, model: &str, prompt: &str) -> Reply {
    let mut body = question(prompt);
    body["model"] = model.into();
    Reply::read(app.ask(&body).send().await.unwrap()).await
}

/// The seconds to wait, which count down with the real clock while a test runs.
fn wait_of(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn gpts_and_projects_are_models_and_are_talked_to_by_their_ids() {
    let app = TestApp::start().await;
    let url = format!("{}/v1/models", app.url);
    let list = Reply::read(app.client.get(url).bearer_auth(KEY).send().await.unwrap()).await;
    let names: Vec<String> = list.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect();
    let gpt = names
        .iter()
        .find(|name| name.starts_with("gizmo-g-sim"))
        .unwrap();
    assert!(
        names.iter().any(|name| name.starts_with("gizmo-g-p-")),
        "{names:?}"
    );
    let id = gpt.strip_prefix("gizmo-").unwrap();
    for name in [gpt.clone(), id.to_owned(), format!("gpt-5-2-gizmo-{id}")] {
        let reply = ask(&app, &name, "Hello").await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text);
        let asked: Value =
            serde_json::from_slice(&app.conversations().pop().unwrap().body).unwrap();
        assert_eq!(
            asked["conversation_mode"],
            json!({"kind": "gizmo_interaction", "gizmo_id": id})
        );
    }
    for project in names.iter().filter(|name| name.starts_with("gizmo-g-p-")) {
        let reply = ask(&app, project, "Hello").await;
        assert_eq!(reply.status, 200, "whosever it is: {}", reply.text);
    }
    let none = ask(&app, "g-doesnotexist", "Hello").await;
    assert_eq!(
        (none.status, none.code().as_str()),
        (404, "model_not_found")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_limit_of_one_model_keeps_the_account_from_that_model_only() {
    let app = Setup::new()
        .accounts(vec![
            TokenSpec::new("limited").with_limit("gpt-4o", 252),
            TokenSpec::new("free"),
        ])
        .set("RANDOM_TOKEN", "false")
        .start()
        .await;
    // The first meets the limit and goes on to the other account; later ones do not try it.
    assert_eq!(
        ask(&app, "gpt-4o", "one")
            .await
            .header("x-flowgpt-attempts"),
        "2"
    );
    for _ in 0..3 {
        let reply = ask(&app, "gpt-4o-2024-08-06", "two").await;
        assert_eq!(reply.header("x-flowgpt-attempts"), "1", "{}", reply.text);
    }
    for _ in 0..2 {
        let reply = ask(&app, "gpt-5-2", "three").await;
        assert_eq!(
            (reply.status, reply.header("x-flowgpt-attempts")),
            (200, "1")
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn when_all_accounts_are_limited_the_soonest_reset_is_told_and_nobody_is_asked() {
    let app = Setup::new()
        .accounts(vec![
            TokenSpec::new("later").with_limit("gpt-4o", 900),
            TokenSpec::new("sooner").with_limit("gpt-4o", 300),
        ])
        .start()
        .await;
    let first = ask(&app, "gpt-4o", "one").await;
    assert_eq!(first.status, 429);
    assert!((1..=300).contains(&wait_of(&first)), "{}", first.text);
    let asked = app.conversations().len();
    let second = ask(&app, "gpt-4o", "two").await;
    assert_eq!(second.status, 429);
    assert!((1..=300).contains(&wait_of(&second)), "{}", second.text);
    assert!(second.json()["error"]["resets_at"].as_u64().is_some());
    assert_eq!(app.conversations().len(), asked);
    app.stop().await;
}

#[tokio::test]
async fn limits_do_not_hold_back_where_that_is_turned_off() {
    let app = Setup::new()
        .accounts(vec![TokenSpec::new("limited").with_limit("gpt-4o", 252)])
        .set("ENABLE_LIMIT", "false")
        .set("RETRY_TIMES", "0")
        .start()
        .await;
    for round in 1..=2 {
        let reply = ask(&app, "gpt-4o", "one").await;
        assert_eq!(reply.status, 429);
        assert!((1..=252).contains(&wait_of(&reply)), "{}", reply.text);
        assert_eq!(app.conversations().len(), round);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_downgrade_is_told_retried_or_refused_as_the_operator_wants() {
    let free = || {
        let mut token = TokenSpec::new("free");
        token.plan = "free".into();
        token
    };
    let with = async |policy: &str, accounts: Vec<TokenSpec>| {
        let app = Setup::new()
            .accounts(accounts)
            .set("MODEL_DOWNGRADE", policy)
            .set("RANDOM_TOKEN", "false")
            .start()
            .await;
        let reply = ask(&app, "gpt-4o", "Hello").await;
        app.stop().await;
        reply
    };
    let warned = with("warn", vec![free()]).await;
    assert_eq!(warned.status, 200);
    assert_eq!(warned.header("x-flowgpt-downgraded-from"), "gpt-4o");
    assert_eq!(warned.json()["model"], warned.header("x-flowgpt-model"));
    let refused = with("fail", vec![free(), TokenSpec::new("plus")]).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (502, "model_downgraded")
    );
    let retried = with("retry", vec![free(), TokenSpec::new("plus")]).await;
    assert_eq!(
        (retried.status, retried.header("x-flowgpt-attempts")),
        (200, "2")
    );
    assert_eq!(retried.header("x-flowgpt-model"), "gpt-4o");
    assert_eq!(retried.header("x-flowgpt-downgraded-from"), "");
}

#[tokio::test]
async fn a_search_is_asked_for_as_the_web_page_does() {
    let app = TestApp::start().await;
    let mut body = question("Hello");
    body["web_search_options"] = json!({});
    assert_eq!(app.ask(&body).send().await.unwrap().status(), 200);
    let asked: Value = serde_json::from_slice(&app.conversations()[0].body).unwrap();
    assert_eq!(asked["system_hints"], json!(["search"]));
    app.stop().await;
}
