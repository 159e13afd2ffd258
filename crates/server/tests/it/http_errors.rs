//! Requests that are wrong before any account is asked: always OpenAI's error shape.

use reqwest::RequestBuilder;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{KEY, Reply, Setup, TestApp, question};

/// Sends a request that is wrong, and looks at what is said about it.
async fn is_refused(request: RequestBuilder, status: u16, code: &str) {
    let reply = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (status, code),
        "{}",
        reply.text
    );
    let error = &reply.json()["error"];
    assert!(error["message"].is_string() && error["type"].is_string());
    assert!(error.get("param").is_some());
    assert!(reply.header("x-request-id").starts_with("req_"));
}

#[tokio::test]
async fn wrong_paths_methods_and_credentials_are_refused_in_openais_shape() {
    let app = TestApp::start().await;
    let at = |path: &str| format!("{}{path}", app.url);
    let get = |path: &str| app.client.get(at(path));
    let chat = "/v1/chat/completions";
    is_refused(get("/nowhere"), 404, "not_found").await;
    is_refused(get("/v1/nowhere"), 404, "not_found").await;
    is_refused(get(chat), 405, "method_not_allowed").await;
    is_refused(
        app.ask_as("sk-wrong", &question("x")),
        401,
        "invalid_api_key",
    )
    .await;
    let without = app.client.post(at(chat)).json(&question("x"));
    is_refused(without, 401, "invalid_api_key").await;
    is_refused(get("/v1/models"), 401, "invalid_api_key").await;
    app.stop().await;
}

#[tokio::test]
async fn wrong_bodies_are_refused_in_openais_shape_and_never_reach_upstream() {
    let app = Setup::new().set("BODY_LIMIT_BYTES", "2048").start().await;
    let url = format!("{}/v1/chat/completions", app.url);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(4096));
    let unknown = r#"{"model":"no-such","messages":[{"role":"user","content":"x"}]}"#;
    for (content_type, body, status, code) in [
        ("application/json", "{", 400, "invalid_json"),
        ("application/json", "", 400, "invalid_json"),
        ("application/json", "[]", 400, "invalid_json"),
        ("application/json", "{}", 400, "invalid_value"),
        (
            "application/json",
            r#"{"model":"auto","messages":[]}"#,
            400,
            "invalid_value",
        ),
        (
            "application/json; charset=utf-8",
            unknown,
            404,
            "model_not_found",
        ),
        ("application/json", &large, 413, "request_too_large"),
        ("text/plain", "{}", 415, "unsupported_content_type"),
    ] {
        let request = app.client.post(&url).bearer_auth(KEY);
        let request = request
            .header("content-type", content_type)
            .body(body.to_owned());
        is_refused(request, status, code).await;
    }
    assert!(
        app.conversations().is_empty(),
        "a wrong request reached upstream"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_unknown_model_is_named_with_those_that_are_alike() {
    let app = TestApp::start().await;
    let mut body = question("x");
    body["model"] = "gpt-5-22".into();
    let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
    let error = &reply.json()["error"];
    assert_eq!((reply.status, &error["param"]), (404, &json!("model")));
    assert!(
        error["message"].as_str().unwrap().contains("gpt-5-2"),
        "{error}"
    );
    app.stop().await;
}

#[tokio::test]
async fn pages_of_other_origins_may_call_the_api_but_never_with_credentials() {
    let app = TestApp::start().await;
    let preflight = app
        .client
        .request(
            http::Method::OPTIONS,
            format!("{}/v1/chat/completions", app.url),
        )
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        );
    let reply = Reply::read(preflight.send().await.unwrap()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    assert_eq!(
        reply.header("access-control-allow-headers"),
        "authorization,content-type"
    );
    app.stop().await;

    let app = Setup::new().set("CORS_ORIGINS", "none").start().await;
    let request = app
        .ask(&question("simulate:echo x"))
        .header("origin", "https://evil.example");
    let reply = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (200, "")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_prefix_moves_the_api_and_its_description_and_nothing_else() {
    let app = Setup::new().set("API_PREFIX", "team").start().await;
    for (path, status) in [
        ("/v1/models", 404),
        ("/team/v1/models", 200),
        ("/docs", 404),
        ("/team/docs", 200),
        ("/team/redoc", 200),
        ("/team/openapi.json", 200),
        ("/healthz", 200),
        ("/readyz", 200),
    ] {
        let request = app
            .client
            .get(format!("{}{path}", app.url))
            .bearer_auth(KEY);
        assert_eq!(request.send().await.unwrap().status(), status, "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_is_read_by_a_caller_who_first_sends_everything() {
    let app = TestApp::start().await;
    let address = app.url.strip_prefix("http://").unwrap();
    for (authorization, status) in [("Bearer sk-wrong", "401"), ("Bearer sk-test", "413")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // More than the buffers of both sides hold, so that somebody has to read it.
        let length = 48 << 20;
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![b' '; 1 << 20];
        for _ in 0..48 {
            stream.write_all(&piece).await.unwrap();
        }
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        let first = reply.lines().next().unwrap();
        assert!(first.contains(status), "{reply}");
    }
    app.stop().await;
}
