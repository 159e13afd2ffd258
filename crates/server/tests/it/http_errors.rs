//! Requests that are wrong before any account is asked: always OpenAI's error shape.

use serde_json::json;

use crate::support::{KEY, Reply, Setup, TestApp, question};

#[tokio::test]
async fn every_wrong_request_gets_its_status_and_code_in_openais_shape() {
    let app = Setup::new().set("BODY_LIMIT_BYTES", "2048").start().await;
    let chat = format!("{}/v1/chat/completions", app.url);
    let post = |body: &str| {
        app.client
            .post(&chat)
            .bearer_auth(KEY)
            .body(body.to_owned())
    };
    let json = "application/json";
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(4096));
    let requests = [
        (
            app.client.get(format!("{}/nowhere", app.url)),
            404,
            "not_found",
        ),
        (
            app.client.get(format!("{}/v1/nowhere", app.url)),
            404,
            "not_found",
        ),
        (app.client.get(&chat), 405, "method_not_allowed"),
        (post("{").header("content-type", json), 400, "invalid_json"),
        (post("").header("content-type", json), 400, "invalid_json"),
        (post("[]").header("content-type", json), 400, "invalid_json"),
        (
            post("{}").header("content-type", "text/plain"),
            415,
            "unsupported_content_type",
        ),
        (
            post(&large).header("content-type", json),
            413,
            "request_too_large",
        ),
        (
            post("{}").header("content-type", json),
            400,
            "invalid_value",
        ),
        (
            app.ask_as("sk-wrong", &question("x")),
            401,
            "invalid_api_key",
        ),
        (
            app.client.post(&chat).json(&question("x")),
            401,
            "invalid_api_key",
        ),
        (
            app.ask(&json!({"model": "auto", "messages": []})),
            400,
            "invalid_value",
        ),
        (
            app.ask(
                &json!({"model": "no-such-model", "messages": [{"role": "user", "content": "x"}]}),
            ),
            404,
            "model_not_found",
        ),
    ];
    for (request, status, code) in requests {
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
