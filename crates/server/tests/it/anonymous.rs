//! Answers without a sign-in: only when asked for, only for plain chats, and only when nobody
//! else can answer.

use std::collections::BTreeSet;

use accounts::AccountView;
use serde_json::{Value, json};
use simulator::{Anonymous, TokenSpec};
use tempfile::TempDir;

use crate::support::{KEY, Reply, Setup, TestApp, question};

const MODEL: &str = "gpt-5-2";

/// A gateway that may answer without a sign-in, with these accounts beside.
fn beside(accounts: Vec<TokenSpec>) -> Setup {
    Setup::new().accounts(accounts).set("ANONYMOUS", "true")
}

async fn alone() -> TestApp {
    beside(Vec::new()).start().await
}

/// The paths that upstream was asked, without their queries.
fn paths(app: &TestApp) -> Vec<String> {
    let all = app.simulator.recorded().into_iter();
    all.map(|it| it.path.split('?').next().unwrap().to_owned())
        .collect()
}

fn is_anonymous(path: &str) -> bool {
    path.starts_with("/backend-anon/")
}

/// Where the last conversation was held.
fn last_conversation(app: &TestApp) -> String {
    app.conversations().pop().unwrap().path
}

fn account(app: &TestApp) -> AccountView {
    let mut named = app.app.pool().named("anonymous");
    assert_eq!(named.len(), 1);
    named.remove(0)
}

async fn ask(app: &TestApp, body: &Value) -> Reply {
    Reply::read(app.ask(body).send().await.unwrap()).await
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Reply {
    let request = app.client.post(format!("{}{path}", app.url));
    let request = request.bearer_auth(KEY).json(body);
    Reply::read(request.send().await.unwrap()).await
}

async fn models(app: &TestApp) -> Reply {
    let request = app.client.get(format!("{}/v1/models", app.url));
    Reply::read(request.bearer_auth(KEY).send().await.unwrap()).await
}

#[tokio::test]
async fn an_empty_pool_answers_without_any_token_and_on_one_device() {
    let app = alone().await;
    let whole = app.answer("simulate:echo hi").await;
    assert_eq!((whole.status, whole.content().as_str()), (200, "hi"));
    let streamed = app.stream("simulate:echo hi").await;
    assert_eq!(streamed.deltas("content"), "hi");
    assert!(streamed.is_done());
    let recorded = app.simulator.recorded();
    assert!(
        recorded
            .iter()
            .all(|it| !it.headers.contains_key("authorization"))
    );
    assert!(
        paths(&app).iter().all(|it| is_anonymous(it)),
        "{:?}",
        paths(&app)
    );
    let devices = recorded
        .iter()
        .map(|it| it.headers["oai-device-id"].to_str().unwrap());
    let devices: BTreeSet<&str> = devices.collect();
    assert_eq!(
        devices,
        BTreeSet::from([account(&app).device_id.to_string().as_str()])
    );
    app.stop().await;
}

#[tokio::test]
async fn without_the_setting_an_empty_pool_answers_nobody() {
    let app = Setup::new().accounts(Vec::new()).start().await;
    let refused = app.answer("hello").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (503, "no_account_available")
    );
    assert_eq!(models(&app).await.status, 503);
    assert!(app.simulator.recorded().is_empty());
    assert!(app.app.pool().accounts().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn the_device_is_the_same_one_after_a_restart_and_another_one_elsewhere() {
    let folder = TempDir::new().unwrap();
    let first = beside(Vec::new()).in_folder(&folder).start().await;
    let device = account(&first).device_id;
    first.stop().await;
    let second = beside(Vec::new()).in_folder(&folder).start().await;
    assert_eq!(account(&second).device_id, device);
    second.stop().await;
    let elsewhere = alone().await;
    assert_ne!(account(&elsewhere).device_id, device);
    elsewhere.stop().await;
}

#[tokio::test]
async fn accounts_are_preferred_as_long_as_one_can_answer() {
    let good = TokenSpec::new("good");
    let limited = TokenSpec::new("limited").with_limit(MODEL, 600);
    let app = beside(vec![good, limited.clone()]).start().await;
    let mut body = question("simulate:echo hi");
    body["model"] = MODEL.into();
    for _ in 0..8 {
        assert_eq!(ask(&app, &body).await.status, 200);
    }
    assert!(!paths(&app).iter().any(|it| is_anonymous(it)));
    app.stop().await;

    let app = beside(vec![limited]).start().await;
    // The first finds out that the account is limited, the second knows.
    for attempts in ["2", "1"] {
        let reply = ask(&app, &body).await;
        assert_eq!(reply.content(), "hi", "{}", reply.text);
        assert_eq!(reply.header("x-flowgpt-attempts"), attempts);
        assert_eq!(last_conversation(&app), "/backend-anon/f/conversation");
    }
    // A picture is waited for until the account that can draw is free again.
    let picture = json!({"prompt": "a fox", "model": MODEL});
    let refused = post(&app, "/v1/images/generations", &picture).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "rate_limit_exceeded")
    );
    app.stop().await;
}

#[tokio::test]
async fn an_account_whose_token_is_dead_leaves_the_answer_to_it() {
    let dead = TokenSpec {
        fault: Some("access-invalidated".to_owned()),
        ..TokenSpec::new("dead")
    };
    let app = beside(vec![dead]).start().await;
    for _ in 0..2 {
        let reply = app.answer("simulate:echo hi").await;
        assert_eq!(reply.content(), "hi", "{}", reply.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_takes_a_sign_in_is_refused_with_the_reason_and_never_sent() {
    let app = alone().await;
    let part = json!({"type": "file", "file": {"file_data": "YSxiCjEsMgo=", "filename": "a.csv"}});
    let with_file = json!({"model": "auto", "messages": [{"role": "user", "content": [part]}]});
    let mut to_gpt = question("hello");
    to_gpt["model"] = "g-0123456789".into();
    let mut goes_on = question("hello");
    goes_on["conversation_id"] = "11111111-2222-4333-8444-555555555555".into();
    let mut kept = question("hello");
    kept["history_disabled"] = false.into();
    for (body, reason) in [
        (with_file, "the request has files"),
        (to_gpt, "a GPT or a project"),
        (goes_on, "goes on with a conversation"),
        (kept, "wants its conversation kept"),
    ] {
        let refused = ask(&app, &body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "account_forbidden")
        );
        assert!(refused.text.contains(reason), "{}", refused.text);
    }
    let picture = json!({"prompt": "a fox"});
    let refused = post(&app, "/v1/images/generations", &picture).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(
        refused.text.contains("is for a picture"),
        "{}",
        refused.text
    );
    let speech = json!({"model": "tts-1", "voice": "alloy", "input": "hi"});
    let refused = post(&app, "/v1/audio/speech", &speech).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(app.simulator.recorded().is_empty());
    assert_eq!(account(&app).health.word(), "healthy");
    app.stop().await;
}

#[tokio::test]
async fn kept_conversations_are_not_kept_and_show_no_ids() {
    let app = beside(Vec::new())
        .set("HISTORY_DISABLED", "false")
        .start()
        .await;
    let reply = app.answer("simulate:echo hi").await;
    assert_eq!(reply.content(), "hi");
    assert!(reply.json().get("conversation_id").is_none());
    let asked: Value = serde_json::from_slice(&app.conversations()[0].body).unwrap();
    assert_eq!(asked["history_and_training_disabled"], true);
    app.stop().await;
}

#[tokio::test]
async fn the_models_are_those_of_everybody_where_there_is_no_account() {
    let names = |reply: &Reply| -> BTreeSet<String> {
        let models = reply.json()["data"].as_array().unwrap().clone();
        models
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let app = alone().await;
    let of_everybody = names(&models(&app).await);
    assert!(of_everybody.contains(MODEL) && !of_everybody.contains("gpt-5-5"));
    assert_eq!(paths(&app), ["/backend-anon/models"]);
    app.stop().await;

    let app = beside(vec![TokenSpec::new("a")]).start().await;
    assert!(names(&models(&app).await).is_superset(&of_everybody));
    assert!(!paths(&app).iter().any(|it| is_anonymous(it)));
    app.stop().await;
}

#[tokio::test]
async fn a_challenge_ends_the_request_and_an_answer_ends_the_trouble() {
    let app = alone().await;
    let refused = app.answer("simulate:turnstile").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "upstream_challenge_required")
    );
    assert_eq!(refused.header("x-flowgpt-challenge"), "turnstile");
    assert_eq!(refused.header("x-flowgpt-attempts"), "1");
    assert_eq!(refused.json()["error"]["account"], "anonymous");
    assert_eq!(account(&app).health.word(), "needs_attention");
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    assert_eq!(account(&app).health.word(), "healthy");
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_to_serve_without_a_sign_in_ends_in_a_challenge() {
    let setup = beside(Vec::new());
    let app = setup
        .simulate(|options| options.anonymous = Anonymous::Refused)
        .start()
        .await;
    let refused = app.answer("hello").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "upstream_challenge_required")
    );
    assert!(
        refused.text.contains("ChatGPT wants a sign-in"),
        "{}",
        refused.text
    );
    assert!(app.conversations().is_empty());
    app.stop().await;

    let app = alone().await;
    let refused = app.answer("simulate:invalid-jwt").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "upstream_challenge_required")
    );
    assert_eq!(app.conversations().len(), 1, "it was tried again");
    app.stop().await;
}

#[tokio::test]
async fn its_limits_are_learned_and_told() {
    let app = alone().await;
    let refused = app.answer("simulate:model-cap").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "rate_limit_exceeded")
    );
    let account = account(&app);
    assert_eq!(account.cool_downs.len(), 1);
    assert_eq!(
        (account.source.as_str(), account.can_refresh),
        ("anonymous", false)
    );
    let seen = app.conversations().len();
    assert_eq!(app.answer("hello").await.status, 429);
    assert_eq!(
        app.conversations().len(),
        seen,
        "it was asked in spite of its limit"
    );
    app.stop().await;
}

#[tokio::test]
async fn only_the_setting_takes_it_away() {
    let folder = TempDir::new().unwrap();
    let app = beside(vec![TokenSpec::new("a")])
        .in_folder(&folder)
        .start()
        .await;
    let pool = app.app.pool();
    let id = account(&app).id;
    assert!(pool.remove(id).await.is_err());
    pool.clear().await.unwrap();
    assert!(pool.check(id).await.is_err() && pool.renew_now(id).await.is_err());
    pool.renew_due(Some(i64::MAX)).await;
    assert!(!pool.unchecked_since(i64::MAX).contains(&id));
    assert_eq!(pool.accounts().len(), 1);
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    app.stop().await;
    let without = Setup::new()
        .accounts(Vec::new())
        .in_folder(&folder)
        .start()
        .await;
    assert!(without.app.pool().accounts().is_empty());
    without.stop().await;
}

#[tokio::test]
async fn seeds_and_own_tokens_never_lead_to_it() {
    let app = alone().await;
    let body = question("hello");
    let by_seed = app.ask_as("a word of mine", &body).send().await.unwrap();
    let by_seed = Reply::read(by_seed).await;
    assert_eq!(
        (by_seed.status, by_seed.code().as_str()),
        (503, "no_account_available")
    );
    let dead = TokenSpec {
        fault: Some("token-expired".to_owned()),
        ..TokenSpec::new("dead")
    };
    let token = app.simulator.mint_access_token(&dead);
    let by_token = app.ask_as(&token, &body).send().await.unwrap();
    assert_eq!(by_token.status(), 401);
    assert!(!paths(&app).iter().any(|it| is_anonymous(it)));
    app.stop().await;
}
