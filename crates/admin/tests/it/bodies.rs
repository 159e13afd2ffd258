//! What is sent: its type, its size, and what is wrong with it.

use axum::body::Body;
use bytes_that_never_come::Never;
use serde_json::json;

use crate::support::{World, get, post};

const ACCOUNTS: &str = "/admin/api/accounts";

mod bytes_that_never_come {
    //! A body that nobody may wait for.

    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::Bytes;
    use futures_util::Stream;

    pub(super) struct Never;

    impl Stream for Never {
        type Item = Result<Bytes, std::convert::Infallible>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Pending
        }
    }
}

#[tokio::test]
async fn a_stranger_s_body_is_not_read() {
    let world = World::new().await;
    for path in [
        ACCOUNTS,
        "/admin/tokens/upload",
        "/seedtoken",
        "/admin/api/keys",
    ] {
        let asked = post(path).body(Body::from_stream(Never));
        assert_eq!(asked.send(&world).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn whoever_wants_to_sign_in_may_not_say_much() {
    let world = World::fresh().await;
    let password = "x".repeat(64 << 10);
    for path in ["/admin/api/login", "/admin/api/bootstrap"] {
        let body = json!({"password": password, "token": "x"});
        let reply = post(path).json(&body).send(&world).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (413, "request_too_large")
        );
    }
}

#[tokio::test]
async fn only_json_is_json() {
    let world = World::new().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let asked = post(ACCOUNTS).script().header("content-type", kind);
        let reply = asked.body(r#"{"text": "fk-token"}"#).send(&world).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (415, "unsupported_content_type")
        );
    }
}

#[tokio::test]
async fn a_body_that_is_wrong_is_not_quoted() {
    let world = World::new().await;
    for (body, message) in [
        (r#"{"text": "eyJcanary""#, "is not JSON"),
        (r#"{"text": {"eyJcanary": 1}}"#, "does not have the members"),
        (r#"{"eyJcanary": 1}"#, "does not have the members"),
        ("", "is not JSON"),
    ] {
        let asked = post(ACCOUNTS).script().body(body);
        let reply = asked.send(&world).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_body"));
        assert!(reply.text.contains(message), "{}", reply.text);
        assert!(!reply.text.contains("canary"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_query_that_is_wrong_is_an_error_like_any_other() {
    let world = World::new().await;
    for path in [
        "/admin/api/accounts?after=canary",
        "/admin/api/accounts?limit=-1",
        "/admin/api/audit?before=canary",
        "/admin/api/requests?limit=1e3",
        "/admin/api/usage?since=canary",
    ] {
        let reply = get(path).script().send(&world).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "invalid_query"),
            "{path}"
        );
        assert!(!reply.text.contains("canary"), "{}", reply.text);
    }
    let far = get("/admin/api/usage?since=-9223372036854775808&until=-9223372036854775808");
    assert_eq!(far.script().send(&world).await.status, 200);
}

#[tokio::test]
async fn ten_thousand_tokens_are_taken_in_at_once() {
    let world = World::new().await;
    let padding = "x".repeat(1500);
    let lines = (0..10_000).map(|number| format!("fk-{number}-{padding}"));
    let text = lines.collect::<Vec<_>>().join("\n");
    assert!(text.len() > 15_000_000);
    let body = json!({"text": text, "dry_run": true});
    let reply = post(ACCOUNTS).script().json(&body).send(&world).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["added"], 10_000);
}
