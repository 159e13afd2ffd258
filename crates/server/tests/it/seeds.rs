//! Seeds as credentials: one account each, and no conversation of another.

use crate::support::{Reply, Setup, TestApp, question};

async fn ask(app: &TestApp, seed: &str) -> Reply {
    let request = app.ask_as(seed, &question("simulate:echo hi"));
    Reply::read(request.send().await.unwrap()).await
}

fn accounts_asked(app: &TestApp) -> Vec<String> {
    let asked = app.conversations();
    let bearers = asked
        .iter()
        .map(|it| it.headers["authorization"].to_str().unwrap().to_owned());
    bearers.collect()
}

#[tokio::test]
async fn on_this_machine_a_new_word_gets_an_account_at_its_first_use_and_keeps_it() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        assert_eq!(ask(&app, "a word of mine").await.content(), "hi");
    }
    let asked = accounts_asked(&app);
    assert!(asked.iter().all(|it| *it == asked[0]));
    app.stop().await;
}

#[tokio::test]
async fn without_auto_seed_only_known_seeds_open_the_door_and_keys_and_tokens_still_do() {
    let app = Setup::new().set("AUTO_SEED", "false").start().await;
    let refused = ask(&app, "a word of mine").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "invalid_api_key")
    );
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    app.stop().await;
}

#[tokio::test]
async fn a_seed_cannot_go_on_with_the_conversation_of_another() {
    let app = Setup::new().set("HISTORY_DISABLED", "false").start().await;
    let mut body = question("simulate:echo hi");
    let begun = app.ask_as("seed one", &body).send().await.unwrap();
    let id = Reply::read(begun).await.json()["conversation_id"].clone();
    assert!(id.is_string());
    body["conversation_id"] = id;
    let own = Reply::read(app.ask_as("seed one", &body).send().await.unwrap()).await;
    assert_eq!(own.status, 200, "{}", own.text);
    let seen = app.conversations().len();
    let other = Reply::read(app.ask_as("seed two", &body).send().await.unwrap()).await;
    assert_eq!(
        (other.status, other.code().as_str()),
        (404, "conversation_not_found")
    );
    assert_eq!(app.conversations().len(), seen, "upstream was asked");
    app.stop().await;
}

#[tokio::test]
async fn a_seed_outlives_its_account_and_the_user_is_told_of_the_new_one() {
    let app = TestApp::start().await;
    assert_eq!(ask(&app, "a word of mine").await.content(), "hi");
    let seeds = app.app.database().seeds().await.unwrap();
    app.app.pool().remove(seeds[0].account).await.unwrap();
    let reply = ask(&app, "a word of mine").await;
    assert_eq!(
        (
            reply.content().as_str(),
            reply.header("x-flowgpt-seed-rebound")
        ),
        ("hi", "true")
    );
    let reply = ask(&app, "a word of mine").await;
    assert_eq!(
        (
            reply.content().as_str(),
            reply.header("x-flowgpt-seed-rebound")
        ),
        ("hi", "")
    );
    app.stop().await;
}
