//! What goes wrong, as clients of Anthropic's see it.

use serde_json::json;

use super::{asking, error_of, events};
use crate::support::{KEY, Reply, Setup, TestApp};

#[tokio::test]
async fn errors_have_the_shape_and_the_status_that_clients_know() {
    let app = Setup::new().set("RETRY_TIMES", "0").start().await;
    for (prompt, status, kind, code) in [
        (
            "simulate:too-long",
            400,
            "invalid_request_error",
            "context_length_exceeded",
        ),
        (
            "simulate:internal-error",
            502,
            "api_error",
            "upstream_error",
        ),
        (
            "simulate:unusual-activity",
            403,
            "permission_error",
            "upstream_challenge_required",
        ),
    ] {
        let reply = app.message(&asking(prompt)).await;
        assert_eq!(
            error_of(&reply),
            (status, kind.into(), code.into()),
            "{prompt}"
        );
    }
    let overloaded = app.message(&asking("simulate:overloaded")).await;
    let (status, kind, _) = error_of(&overloaded);
    assert_eq!((status, kind.as_str()), (529, "overloaded_error"));
    assert!(!overloaded.header("retry-after").is_empty());
    let no_limit = json!({"model": "claude-x", "messages": [{"role": "user", "content": "Hi"}]});
    let refused = app.message(&no_limit).await;
    assert_eq!(
        refused.json()["error"]["message"],
        "max_tokens: Field required"
    );
    let tools = json!([{"name": "x", "input_schema": {"type": "object"}}]);
    let mut body = asking("Hi");
    body["tools"] = tools;
    let refused = app.message(&body).await;
    assert_eq!(error_of(&refused).2, "unsupported_parameter");
    app.stop().await;
}

#[tokio::test]
async fn another_method_is_refused_in_the_same_shape() {
    let app = TestApp::start().await;
    for path in ["", "/count_tokens"] {
        let request = app.client.get(format!("{}/v1/messages{path}", app.url));
        let reply = Reply::read(request.send().await.unwrap()).await;
        let expected = (
            405,
            "invalid_request_error".into(),
            "method_not_allowed".into(),
        );
        assert_eq!(error_of(&reply), expected);
        assert_eq!(reply.header("allow"), "POST");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error_event() {
    let app = TestApp::start().await;
    let stream = app.message_stream(asking("simulate:truncated")).await;
    let events = events(&stream);
    let last = events.last().unwrap();
    assert_eq!(last["type"], "error", "{}", stream.text);
    assert_eq!(last["error"]["type"], "api_error");
    assert_eq!(last["request_id"], stream.header("request-id"));
    assert!(events.iter().all(|it| it["type"] != "message_stop"));
    app.stop().await;
}

#[tokio::test]
async fn a_credential_is_needed_and_two_are_too_many() {
    let app = TestApp::start().await;
    let url = format!("{}/v1/messages", app.url);
    let post = || app.client.post(&url).json(&asking("Hi"));
    let none = Reply::read(post().send().await.unwrap()).await;
    let wanted = (
        401,
        "authentication_error".to_owned(),
        "invalid_api_key".to_owned(),
    );
    assert_eq!(error_of(&none), wanted);
    let bearer = Reply::read(post().bearer_auth(KEY).send().await.unwrap()).await;
    assert_eq!(bearer.status, 200);
    let two = post().bearer_auth(KEY).header("x-api-key", "other");
    let two = Reply::read(two.send().await.unwrap()).await;
    assert_eq!(error_of(&two).2, "conflicting_credentials");
    app.stop().await;
}
