//! Accounts that are kept by RefreshTokens, and callers who show one.

use std::time::Duration;

use simulator::{RefreshFamily, TokenSpec};

use crate::support::{Reply, Setup, TestApp, question};

#[tokio::test]
async fn an_account_is_given_by_its_refresh_token_and_renewed_once_for_many_callers() {
    let app = Setup::new()
        .refreshable(vec![TokenSpec::new("a")])
        .start()
        .await;
    let asked = (0..20).map(|_| app.answer("simulate:echo hi"));
    for reply in futures_util::future::join_all(asked).await {
        assert_eq!(reply.content(), "hi", "{}", reply.text);
    }
    let log = app.simulator.sign_in_log();
    assert_eq!((log.begun, log.refreshed, log.overlapping), (1, 1, 0));
    app.stop().await;
}

#[tokio::test]
async fn what_was_renewed_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let spec = TokenSpec::new("a");
    let setup = || {
        Setup::new()
            .refreshable(vec![spec.clone()])
            .in_folder(&folder)
    };
    let app = setup().start().await;
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    app.stop().await;
    // The list still names the RefreshToken that was spent; it must not be spent again.
    let app = setup().start().await;
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    assert_eq!(app.simulator.sign_in_log().begun, 0);
    app.stop().await;
}

#[tokio::test]
async fn an_access_token_that_ends_is_renewed_before_it_is_sent() {
    let mut short = TokenSpec::new("a");
    short.lifetime = Duration::from_secs(2);
    let app = Setup::new().refreshable(vec![short]).start().await;
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let reply = app.answer("simulate:echo hi").await;
    assert_eq!(reply.content(), "hi", "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-attempts"), "1");
    assert!(app.simulator.sign_in_log().refreshed >= 2);
    app.stop().await;
}

#[tokio::test]
async fn a_callers_own_refresh_token_is_spent_once_and_goes_on_to_work() {
    let app = Setup::new().accounts(Vec::new()).start().await;
    let mut spec = TokenSpec::new("mine");
    spec.lifetime = Duration::from_secs(4);
    let token = app
        .simulator
        .mint_refresh_token(&spec, RefreshFamily::Codex);
    for _ in 0..3 {
        let reply = ask(&app, &token).await;
        assert_eq!(reply.content(), "hi", "{}", reply.text);
        tokio::time::sleep(Duration::from_millis(4100)).await;
    }
    let log = app.simulator.sign_in_log();
    assert!(log.refreshed >= 2, "{log:?}");
    assert_eq!((log.reused, log.overlapping), (0, 0));
    // It serves nobody else.
    assert_eq!(app.answer("simulate:echo hi").await.status, 503);
    let garbage = ask(
        &app,
        "rt_this-is-nothing-that-was-ever-given-to-anybody-at-all-0000",
    )
    .await;
    assert_eq!(
        (garbage.status, garbage.code().as_str()),
        (401, "invalid_api_key")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_upstream_rejects_is_renewed_and_the_question_asked_again() {
    let mut revoked = TokenSpec::new("a");
    revoked.fault = Some("access-invalidated-once".into());
    let app = Setup::new().refreshable(vec![revoked]).start().await;
    let reply = app.answer("simulate:echo hi").await;
    assert_eq!(reply.content(), "hi", "{}", reply.text);
    assert_eq!(app.simulator.sign_in_log().refreshed, 2);
    app.stop().await;
}

async fn ask(app: &TestApp, credential: &str) -> Reply {
    let request = app.ask_as(credential, &question("simulate:echo hi"));
    Reply::read(request.send().await.unwrap()).await
}
