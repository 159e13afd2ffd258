//! The Responses API as callers see it: answers, what is kept of them, and conversations.

mod background;
mod kept;
mod socket;

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{KEY, Reply, TestApp};

impl TestApp {
    fn call_as(&self, key: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/v1/{path}", self.url);
        self.client.request(method, url).bearer_auth(key)
    }

    async fn respond(&self, body: &Value) -> Reply {
        let request = self.call_as(KEY, Method::POST, "responses").json(body);
        Reply::read(request.send().await.unwrap()).await
    }

    async fn look_at(&self, path: &str) -> Reply {
        Reply::read(self.call_as(KEY, Method::GET, path).send().await.unwrap()).await
    }

    async fn post_to(&self, path: &str, body: &Value) -> Reply {
        let request = self.call_as(KEY, Method::POST, path).json(body);
        Reply::read(request.send().await.unwrap()).await
    }

    async fn delete_at(&self, path: &str) -> Reply {
        Reply::read(
            self.call_as(KEY, Method::DELETE, path)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Waits until a response has a status.
    async fn becomes(&self, id: &str, status: &str) -> Value {
        let path = format!("responses/{id}");
        let waiting = async {
            loop {
                let response = self.look_at(&path).await.json();
                if response["status"] == status {
                    return response;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), waiting);
        waited.await.expect("the response never got there")
    }
}

fn ask(prompt: &str) -> Value {
    json!({"model": "auto", "input": format!("simulate:{prompt}")})
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

/// The events of a stream, whose names are those in their data.
fn events(reply: &Reply) -> Vec<Value> {
    let events = reply.text.split("\n\n").filter(|it| !it.starts_with(':'));
    let lines = events.filter_map(|event| event.split_once("\ndata: "));
    let events: Vec<Value> = lines
        .map(|(name, data)| {
            let data: Value = serde_json::from_str(data).unwrap();
            assert_eq!(name, format!("event: {}", data["type"].as_str().unwrap()));
            data
        })
        .collect();
    assert!(!events.is_empty(), "no stream: {}", reply.text);
    events
}

fn last(reply: &Reply) -> Value {
    events(reply).pop().unwrap()
}

fn text(response: &Value) -> String {
    let output = response["output"].as_array().into_iter().flatten();
    let parts = output.filter_map(|item| item["content"].as_array());
    let texts = parts.flatten().filter_map(|part| part["text"].as_str());
    texts.collect()
}

/// A response without what differs between two answers: links are of different lengths too.
fn comparable(response: &Value) -> Value {
    fn scrub(value: &mut Value) {
        match value {
            Value::Object(members) => {
                let differing = [
                    "id",
                    "created_at",
                    "completed_at",
                    "url",
                    "container_id",
                    "usage",
                    // It names a document, which has an id.
                    "arguments",
                ];
                for name in differing {
                    members.remove(name);
                }
                // No two pictures are the same.
                if let Some(Value::String(picture)) = members.get_mut("result") {
                    *picture = "a picture".into();
                }
                members.values_mut().for_each(scrub);
            }
            Value::Array(items) => items.iter_mut().for_each(scrub),
            Value::String(text) if text.contains("/files/") => *text = "a link".into(),
            _ => {}
        }
    }
    let mut response = response.clone();
    scrub(&mut response);
    response
}

#[tokio::test]
async fn a_text_is_answered_whole_and_streamed() {
    let app = TestApp::start().await;
    let whole = app.respond(&ask("echo one two three")).await;
    assert_eq!(whole.status, 200, "{}", whole.text);
    let response = whole.json();
    assert_eq!(text(&response), "one two three");
    assert_eq!(response["status"], "completed");
    assert_eq!(response["usage"]["output_tokens"], 3);
    assert_eq!(response["usage"]["estimated"], true);
    let stream = app
        .respond(&with(ask("echo one two three"), "stream", true))
        .await;
    assert!(!stream.text.contains("[DONE]"));
    let events = events(&stream);
    let kinds: Vec<&str> = events
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds[..4],
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added"
        ]
    );
    assert_eq!(
        kinds[kinds.len() - 4..],
        [
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed"
        ]
    );
    let streamed = &events.last().unwrap()["response"];
    assert_eq!(comparable(streamed), comparable(&response));
    app.stop().await;
}

#[tokio::test]
async fn streamed_and_whole_agree_for_every_script() {
    let app = TestApp::start().await;
    for script in simulator::script_names() {
        let whole = app.respond(&ask(script)).await;
        let stream = app.respond(&with(ask(script), "stream", true)).await;
        if whole.status != 200 {
            let broke = stream.status != 200 || last(&stream)["type"] == "response.failed";
            assert!(broke, "{script}: {}", whole.text);
            continue;
        }
        let end = last(&stream);
        // A stream cannot take back what it told.
        if end["response"]["error"].is_null() {
            let whole = comparable(&whole.json());
            assert_eq!(comparable(&end["response"]), whole, "{script}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn thoughts_and_pictures_are_items() {
    let app = TestApp::start().await;
    let response = app.respond(&ask("reasoning")).await.json();
    let item = &response["output"][0];
    assert_eq!(item["type"], "reasoning");
    assert!(
        item["summary"][0]["text"]
            .as_str()
            .is_some_and(|it| !it.is_empty())
    );
    let response = app.respond(&ask("image")).await.json();
    let output = response["output"].as_array().unwrap();
    let picture = output
        .iter()
        .find(|it| it["type"] == "image_generation_call");
    let picture = picture.unwrap();
    assert_eq!(picture["status"], "completed");
    assert!(picture["result"].as_str().is_some_and(|it| it.len() > 20));
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_what_has_no_effect_too() {
    let app = TestApp::start().await;
    let tools = json!([{"type": "function", "name": "f", "parameters": {}}]);
    for (name, value, param) in [
        ("tools", tools, "tools"),
        (
            "input",
            json!([{"role": "user", "content": [{"type": "x"}]}]),
            "input[0].content[0]",
        ),
        (
            "input",
            json!([{"type": "item_reference", "id": "msg_x"}]),
            "input[0].id",
        ),
        ("input", json!([]), "input"),
        ("max_output_tokens", json!(0), "max_output_tokens"),
    ] {
        let reply = app.respond(&with(ask("echo x"), name, value)).await;
        assert_eq!(
            (reply.status, &reply.json()["error"]["param"]),
            (400, &json!(param))
        );
    }
    for (name, code) in [
        ("previous_response_id", "previous_response_not_found"),
        ("conversation", "conversation_not_found"),
    ] {
        let reply = app
            .respond(&with(ask("echo x"), name, "resp_unknown"))
            .await;
        assert_eq!((reply.status, reply.code().as_str()), (404, code));
    }
    let reply = app.respond(&with(ask("echo x"), "temperature", 0.2)).await;
    assert_eq!(reply.header("x-flowgpt-dropped"), "temperature");
    assert_eq!(reply.json()["temperature"], 0.2);
    app.stop().await;
}

#[tokio::test]
async fn a_limit_makes_an_answer_incomplete() {
    let app = TestApp::start().await;
    let body = with(ask("echo one two three four"), "max_output_tokens", 2);
    let response = app.respond(&body).await.json();
    assert_eq!(response["status"], "incomplete");
    assert_eq!(
        response["incomplete_details"]["reason"],
        "max_output_tokens"
    );
    assert_eq!(text(&response), "one two");
    let stream = app.respond(&with(body, "stream", true)).await;
    assert_eq!(last(&stream)["type"], "response.incomplete");
    app.stop().await;
}

#[tokio::test]
async fn a_caller_that_leaves_a_stream_ends_it_upstream() {
    let app = TestApp::start().await;
    let body = with(ask("stall-mid"), "stream", true);
    let request = app.call_as(KEY, Method::POST, "responses").json(&body);
    let mut response = request.send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    app.has_open_streams(1).await;
    drop(response);
    app.becomes_quiet().await;
    app.stop().await;
}

#[tokio::test]
async fn a_broken_answer_is_an_error_whole_and_failed_in_a_stream() {
    let app = TestApp::start().await;
    let whole = app.respond(&ask("truncated")).await;
    assert_eq!(whole.status, 502, "{}", whole.text);
    let stream = app.respond(&with(ask("truncated"), "stream", true)).await;
    let events = events(&stream);
    assert_eq!(events[events.len() - 2]["type"], "error");
    assert_eq!(events[events.len() - 1]["type"], "response.failed");
    app.stop().await;
}
