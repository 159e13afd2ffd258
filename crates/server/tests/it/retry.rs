//! When a request is tried again, on which account, and when never.

use simulator::TokenSpec;

use crate::support::{Reply, Setup, TestApp, bound, question};

fn faulty(name: &str, fault: &str) -> TokenSpec {
    let mut spec = TokenSpec::new(name);
    spec.fault = Some(fault.into());
    spec
}

#[tokio::test]
async fn a_failing_account_is_replaced_by_the_next_one() {
    for fault in [
        "internal-error",
        "model-cap",
        "invalid-jwt",
        "deactivated-workspace",
        "forbidden",
    ] {
        let app = Setup::new()
            .accounts(vec![faulty("bad", fault), TokenSpec::new("good")])
            .set("RANDOM_TOKEN", "false")
            .start()
            .await;
        let reply = app.answer("simulate:echo x").await;
        assert_eq!(reply.content(), "x", "{fault}");
        assert_eq!(reply.header("x-flowgpt-attempts"), "2", "{fault}");
        app.stop().await;
    }
}

#[tokio::test]
async fn what_will_not_get_better_is_sent_once() {
    for fault in [
        "bad-request",
        "unprocessable",
        "too-long",
        "cloudflare",
        "flagged",
        "conversation-not-found",
    ] {
        let app = Setup::new()
            .accounts(vec![faulty("a", fault), faulty("b", fault)])
            .start()
            .await;
        let reply = app.answer("x").await;
        assert_eq!(reply.header("x-flowgpt-attempts"), "1", "{fault}");
        assert_eq!(app.conversations().len(), 1, "{fault}");
        app.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_has_begun_is_never_asked_again() {
    let app = TestApp::start().await;
    app.stream("simulate:truncated").await;
    app.answer("simulate:truncated").await;
    assert_eq!(app.conversations().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn an_own_token_is_tried_again_only_for_failures_of_upstream() {
    let app = TestApp::start().await;
    for (fault, attempts) in [
        ("flaky-once", "2"),
        ("model-cap", "1"),
        ("invalid-jwt", "1"),
    ] {
        let token = app.simulator.mint_access_token(&faulty(fault, fault));
        let reply = Reply::read(app.ask_as(&token, &question("x")).send().await.unwrap()).await;
        assert_eq!(
            reply.header("x-flowgpt-attempts"),
            attempts,
            "{fault}: {}",
            reply.text
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn attempts_end_at_the_limit() {
    let app = Setup::new()
        .accounts(vec![faulty("a", "internal-error")])
        .set("RETRY_TIMES", "2")
        .start()
        .await;
    let reply = app.answer("x").await;
    assert_eq!(
        (reply.status, reply.header("x-flowgpt-attempts")),
        (502, "3")
    );
    assert_eq!(app.conversations().len(), 3);
    app.stop().await;
}

#[tokio::test]
async fn a_stale_pass_is_renewed_once_without_another_attempt() {
    let app = Setup::new()
        .accounts(vec![faulty("a", "expired-requirements-once")])
        .start()
        .await;
    let reply = app.answer("simulate:echo x").await;
    assert_eq!(
        (reply.content().as_str(), reply.header("x-flowgpt-attempts")),
        ("x", "1")
    );
    assert_eq!(app.conversations().len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_reached_is_passed_over() {
    let (closed, nowhere) = bound().await;
    drop(closed);
    let accounts = ["a", "b", "c", "d", "e", "f"].map(TokenSpec::new).to_vec();
    let app = Setup::new()
        .accounts(accounts)
        .set("RANDOM_TOKEN", "false")
        .beside(&nowhere)
        .start()
        .await;
    for _ in 0..6 {
        let reply = app.answer("simulate:echo x").await;
        assert_eq!(
            (reply.content().as_str(), reply.header("x-flowgpt-attempts")),
            ("x", "1")
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn an_upstream_that_is_not_there_and_a_proxy_that_is_not_are_told_apart() {
    let (closed, nowhere) = bound().await;
    drop(closed);
    for (name, code) in [
        ("CHATGPT_BASE_URL", "upstream_unreachable"),
        ("PROXY_URL", "egress_proxy"),
    ] {
        let app = Setup::new()
            .set(name, nowhere.clone())
            .set("RETRY_TIMES", "0")
            .start()
            .await;
        let reply = app.answer("x").await;
        assert_eq!((reply.status, reply.code().as_str()), (502, code));
        app.stop().await;
    }
}

#[tokio::test]
async fn a_connection_that_is_not_secure_is_never_used() {
    let (listener, url) = bound().await;
    let accepting = tokio_util::task::TaskTracker::new();
    accepting.spawn(async move {
        // Answers the greeting of TLS with something else.
        while let Ok((mut stream, _)) = listener.accept().await {
            let _gone =
                tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 no\r\n\r\n").await;
        }
    });
    let app = Setup::new()
        .set("CHATGPT_BASE_URL", url.replace("http:", "https:"))
        .start()
        .await;
    let reply = app.answer("x").await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (502, "upstream_tls"),
        "{}",
        reply.text
    );
    assert_eq!(reply.header("x-flowgpt-attempts"), "1");
    app.stop().await;
}
