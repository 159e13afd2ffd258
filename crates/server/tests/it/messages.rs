//! Anthropic's Messages API as its clients see it.

mod errors;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::attachments::png;
use crate::support::{KEY, Reply, Setup, TestApp};

impl TestApp {
    /// A request as clients of Anthropic's send it.
    fn message_request(&self, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}/v1/messages{path}", self.url);
        let request = self.client.post(url).json(body);
        request
            .header("x-api-key", KEY)
            .header("anthropic-version", "2023-06-01")
            .header("anthropic-beta", "something-2025-01-01")
    }

    async fn message(&self, body: &Value) -> Reply {
        Reply::read(self.message_request("", body).send().await.unwrap()).await
    }

    async fn message_stream(&self, mut body: Value) -> Reply {
        body["stream"] = true.into();
        self.message(&body).await
    }

    async fn count(&self, body: &Value) -> Reply {
        let request = self.message_request("/count_tokens", body);
        Reply::read(request.send().await.unwrap()).await
    }
}

fn asking(prompt: &str) -> Value {
    json!({
        "model": "claude-sonnet-5-5",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": prompt}],
    })
}

/// The events of a stream.
fn events(reply: &Reply) -> Vec<Value> {
    let blocks = reply.text.split("\n\n").filter(|it| !it.is_empty());
    let data = blocks.filter_map(|block| {
        let (name, data) = block.strip_prefix("event: ")?.split_once("\ndata: ")?;
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["type"], name);
        Some(data)
    });
    data.collect()
}

/// One kind of delta of a stream, put together.
fn deltas(reply: &Reply, field: &str) -> String {
    let events = events(reply);
    let pieces = events.iter().map(|it| it["delta"][field].as_str());
    pieces.map(Option::unwrap_or_default).collect()
}

fn error_of(reply: &Reply) -> (u16, String, String) {
    let body = reply.json();
    assert_eq!(body["type"], "error", "{body}");
    assert_eq!(body["request_id"], reply.header("request-id"));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = &body["error"];
    (
        reply.status,
        word(&error["type"]),
        word(&error["details"]["error_code"]),
    )
}

#[tokio::test]
async fn text_comes_back_streamed_and_whole() {
    let app = TestApp::start().await;
    let body = asking("simulate:echo Hello, 世界");
    let reply = app.message(&body).await;
    let message = reply.json();
    assert_eq!(message["content"][0]["text"], "Hello, 世界", "{message}");
    assert_eq!(message["model"], "claude-sonnet-5-5");
    assert_eq!(message["stop_reason"], "end_turn");
    assert!(message["id"].as_str().unwrap().starts_with("msg_"));
    assert!(message["usage"]["input_tokens"].as_u64().unwrap() > 5);
    assert!(!reply.header("x-flowgpt-model").starts_with("claude"));
    assert!(reply.header("request-id").starts_with("req_"));

    let stream = app.message_stream(body).await;
    assert_eq!(deltas(&stream, "text"), "Hello, 世界");
    let events = events(&stream);
    assert_eq!(events[0]["message"]["model"], "claude-sonnet-5-5");
    assert_eq!(events.last().unwrap()["type"], "message_stop");
    let end = &events[events.len() - 2];
    assert_eq!(
        end["usage"]["output_tokens"],
        message["usage"]["output_tokens"]
    );
    app.stop().await;
}

#[tokio::test]
async fn thoughts_are_shown_only_when_asked_for() {
    let app = TestApp::start().await;
    let mut body = asking("simulate:reasoning");
    let plain = app.message(&body).await.json();
    assert_eq!(plain["content"][0]["type"], "text");
    body["thinking"] = json!({"type": "enabled", "budget_tokens": 2000});
    let message = app.message(&body).await.json();
    let thought = &message["content"][0];
    assert_eq!(thought["type"], "thinking");
    assert!(thought["signature"].is_string());
    assert!(message["usage"]["output_tokens_details"]["thinking_tokens"].as_u64() > Some(0));
    let stream = app.message_stream(body).await;
    assert_eq!(
        deltas(&stream, "thinking"),
        thought["thinking"].as_str().unwrap()
    );
    app.stop().await;
}

#[tokio::test]
async fn an_answer_ends_where_it_was_asked_to() {
    let app = TestApp::start().await;
    let mut body = asking("simulate:echo one two STOP three");
    body["stop_sequences"] = json!(["nothing", "STOP"]);
    let message = app.message(&body).await.json();
    assert_eq!(message["content"][0]["text"], "one two ");
    assert_eq!(message["stop_reason"], "stop_sequence");
    assert_eq!(message["stop_sequence"], "STOP");
    let stream = app.message_stream(body.clone()).await;
    assert!(
        stream.text.contains(r#""stop_sequence":"STOP""#),
        "{}",
        stream.text
    );

    body["max_tokens"] = 2.into();
    body["stop_sequences"] = json!([]);
    let message = app.message(&body).await.json();
    assert_eq!(message["content"][0]["text"], "one two");
    assert_eq!(message["stop_reason"], "max_tokens");
    app.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_withdrawn_is_a_refusal() {
    let app = TestApp::start().await;
    let message = app.message(&asking("simulate:moderation")).await.json();
    assert_eq!(message["stop_reason"], "refusal", "{message}");
    assert_eq!(message["stop_details"]["type"], "refusal");
    assert_eq!(
        message["stop_details"]["explanation"],
        message["content"][0]["text"]
    );
    let stream = app.message_stream(asking("simulate:moderation")).await;
    assert!(stream.text.contains(r#""stop_reason":"refusal""#));
    app.stop().await;
}

#[tokio::test]
async fn searches_are_told_to_who_asked_for_the_tool() {
    let app = TestApp::start().await;
    let mut body = asking("simulate:search");
    let untold = app.message(&body).await.json();
    assert_eq!(untold["usage"]["server_tool_use"]["web_search_requests"], 0);
    body["tools"] = json!([{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]);
    let reply = app.message(&body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let message = reply.json();
    let blocks = message["content"].as_array().unwrap();
    let of = |kind: &str| blocks.iter().find(|it| it["type"] == kind).unwrap();
    assert_eq!(
        of("server_tool_use")["id"],
        of("web_search_tool_result")["tool_use_id"]
    );
    assert!(of("text")["citations"][0]["url"].is_string(), "{message}");
    assert_eq!(reply.header("x-flowgpt-dropped"), "tools.0.max_uses");
    let asked = app.conversations().pop().unwrap();
    let asked: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(
        asked["messages"][0]["metadata"]["system_hints"],
        json!(["search"])
    );
    app.stop().await;
}

#[tokio::test]
async fn pictures_and_documents_come_in() {
    let app = TestApp::start().await;
    let mut body = asking("");
    let picture = BASE64.encode(png(800, 600));
    body["messages"][0]["content"] = json!([
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": picture}},
        {"type": "document", "title": "notes.txt", "source": {"type": "base64", "media_type": "text/plain", "data": BASE64.encode("some notes")}},
        {"type": "text", "text": "simulate:describe"},
    ]);
    let message = app.message(&body).await.json();
    let text = message["content"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("image/png") && text.contains("notes.txt"),
        "{text}"
    );
    assert!(message["usage"]["input_tokens"].as_u64().unwrap() > 700);

    body["messages"][0]["content"][0]["source"]["data"] = BASE64.encode("no picture").into();
    let refused = app.message(&body).await;
    assert_eq!(refused.status, 400);
    let error = &refused.json()["error"];
    assert_eq!(error["details"]["param"], "messages.0.content.0");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("messages.0.content.0: ")
    );
    app.stop().await;
}

#[tokio::test]
async fn tokens_are_counted_without_asking_upstream() {
    let app = TestApp::start().await;
    let mut body =
        json!({"model": "claude-x", "messages": [{"role": "user", "content": "hello world"}]});
    let count = async |body: &Value| app.count(body).await.json()["input_tokens"].as_u64();
    assert_eq!(count(&body).await, Some(3 + 1 + 2 + 3));
    body["system"] = "Be brief.".into();
    body["tools"] =
        json!([{"name": "ls", "description": "Lists.", "input_schema": {"type": "object"}}]);
    let with_tools = count(&body).await.unwrap();
    assert!(with_tools > 20, "{with_tools}");
    body["messages"][0]["content"] = json!([{"type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": BASE64.encode(png(512, 512))}}]);
    assert!(count(&body).await.unwrap() > with_tools + 200);
    let asked = app.count(&asking("simulate:plain")).await;
    let answered = app.message(&asking("simulate:plain")).await;
    assert_eq!(
        asked.json()["input_tokens"],
        answered.json()["usage"]["input_tokens"]
    );
    assert_eq!(app.conversations().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn models_are_listed_in_the_shape_that_was_asked_for() {
    let app = Setup::new()
        .set(
            "ANTHROPIC_MODELS",
            "claude-lost*=no-such-model,claude-*=auto",
        )
        .start()
        .await;
    let get = async |path: &str| {
        let request = app.client.get(format!("{}/v1/models{path}", app.url));
        let request = request.header("anthropic-version", "2023-06-01");
        Reply::read(request.header("x-api-key", KEY).send().await.unwrap()).await
    };
    let list = get("").await.json();
    let models = list["data"].as_array().unwrap();
    assert_eq!(list["has_more"], false);
    assert_eq!(list["first_id"], models[0]["id"]);
    assert_eq!(models[0]["type"], "model");
    let first = models[0]["id"].as_str().unwrap();
    assert_eq!(get(&format!("/{first}")).await.json(), models[0]);
    assert_eq!(
        get("/claude-opus-4-1").await.json()["id"],
        "claude-opus-4-1"
    );
    let missing = get("/claude-lost").await;
    assert_eq!(
        error_of(&missing),
        (404, "not_found_error".into(), "model_not_found".into())
    );
    let url = format!("{}/v1/models", app.url);
    let openai = Reply::read(app.client.get(url).bearer_auth(KEY).send().await.unwrap()).await;
    assert_eq!(openai.json()["object"], "list");
    app.stop().await;
}
