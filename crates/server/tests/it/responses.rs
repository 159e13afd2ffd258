//! The Responses API as callers see it: answers, what is kept of them, and conversations.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{KEY, Reply, Setup, TestApp};

const OTHER_KEY: &str = "sk-other";

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
                ];
                for name in differing {
                    members.remove(name);
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
        ("tools", tools, "tools[0]"),
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
async fn a_response_is_kept_gone_on_from_and_deleted() {
    let app = TestApp::start().await;
    let first = app.respond(&ask("echo the first answer")).await.json();
    let id = first["id"].as_str().unwrap().to_owned();
    let path = format!("responses/{id}");
    assert_eq!(app.look_at(&path).await.json(), first);
    let body = with(ask("echo second"), "previous_response_id", id.as_str());
    let second = app.respond(&with(body, "stream", true)).await;
    let second = last(&second)["response"].clone();
    assert_eq!(second["previous_response_id"], first["id"]);
    let asked = app.conversations().pop().unwrap();
    let asked = String::from_utf8_lossy(&asked.body).into_owned();
    for said in ["echo the first answer", "the first answer", "echo second"] {
        assert!(asked.contains(said), "{asked}");
    }
    let items = app.look_at(&format!("{path}/input_items")).await.json();
    assert_eq!(items["data"][0]["content"][0]["type"], "input_text");
    assert_eq!(items["has_more"], false);
    let reference = json!([
        {"type": "item_reference", "id": first["output"][0]["id"]},
        {"role": "user", "content": "simulate:echo third"},
    ]);
    let third = app
        .respond(&json!({"model": "auto", "input": reference}))
        .await;
    assert_eq!(text(&third.json()), "third");
    let gone = app.delete_at(&path).await;
    assert_eq!((gone.status, &gone.json()["deleted"]), (200, &json!(true)));
    assert_eq!(app.look_at(&path).await.code(), "response_not_found");
    assert_eq!(app.delete_at(&path).await.status, 404);
    let orphan = with(ask("echo x"), "previous_response_id", second["id"].clone());
    assert_eq!(
        app.respond(&orphan).await.code(),
        "previous_response_not_found"
    );
    let unkept = app
        .respond(&with(ask("echo x"), "store", false))
        .await
        .json();
    let unkept = format!("responses/{}", unkept["id"].as_str().unwrap());
    assert_eq!(app.look_at(&unkept).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn two_callers_never_see_each_others() {
    let keys = format!("{KEY},{OTHER_KEY}");
    let app = Setup::new().set("AUTHORIZATION", keys).start().await;
    let mine = app.respond(&ask("echo mine")).await.json();
    let id = mine["id"].as_str().unwrap();
    let talk = app.post_to("conversations", &json!({})).await.json();
    let talk = talk["id"].as_str().unwrap();
    for (method, path) in [
        (Method::GET, format!("responses/{id}")),
        (Method::GET, format!("responses/{id}/input_items")),
        (Method::POST, format!("responses/{id}/cancel")),
        (Method::DELETE, format!("responses/{id}")),
        (Method::GET, format!("conversations/{talk}")),
        (Method::GET, format!("conversations/{talk}/items")),
        (Method::DELETE, format!("conversations/{talk}")),
    ] {
        let reply = app.call_as(OTHER_KEY, method, &path).send().await.unwrap();
        assert_eq!(reply.status(), 404, "{path}");
    }
    for (name, value) in [("previous_response_id", id), ("conversation", talk)] {
        let body = with(ask("echo x"), name, value);
        let request = app
            .call_as(OTHER_KEY, Method::POST, "responses")
            .json(&body);
        assert_eq!(request.send().await.unwrap().status(), 404);
    }
    let item = json!([{"type": "item_reference", "id": mine["output"][0]["id"]}]);
    let body = with(ask("echo x"), "input", item);
    let request = app
        .call_as(OTHER_KEY, Method::POST, "responses")
        .json(&body);
    assert_eq!(request.send().await.unwrap().status(), 400);
    assert_eq!(app.look_at(&format!("responses/{id}")).await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn a_response_in_the_background_goes_on_alone_and_can_be_watched_again() {
    let app = TestApp::start().await;
    let body = with(ask("echo one two three"), "background", true);
    let queued = app.respond(&body).await.json();
    assert_eq!(
        (&queued["status"], &queued["output"]),
        (&json!("queued"), &json!([]))
    );
    let done = app
        .becomes(queued["id"].as_str().unwrap(), "completed")
        .await;
    assert_eq!(text(&done), "one two three");
    let unwatchable = format!("responses/{}?stream=true", done["id"].as_str().unwrap());
    assert_eq!(app.look_at(&unwatchable).await.status, 400);

    let request = app.call_as(KEY, Method::POST, "responses");
    let body = with(with(ask("long"), "background", true), "stream", true);
    let mut response = request.json(&body).send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    drop(response);
    let id = first.split("resp_").nth(1).unwrap();
    let id = format!("resp_{}", &id[..id.find('"').unwrap()]);
    let whole = app.look_at(&format!("responses/{id}?stream=true")).await;
    let all = events(&whole);
    assert_eq!(all[0]["response"]["status"], "queued");
    assert_eq!(all.last().unwrap()["type"], "response.completed");
    for (number, event) in all.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let rest = app
        .look_at(&format!("responses/{id}?stream=true&starting_after=4"))
        .await;
    assert_eq!(events(&rest), all[5..]);
    let kept = app.becomes(&id, "completed").await;
    assert_eq!(kept["output"], all.last().unwrap()["response"]["output"]);
    app.stop().await;
}

#[tokio::test]
async fn cancelling_ends_the_request_upstream_and_is_remembered() {
    let app = TestApp::start().await;
    let body = with(ask("stall-mid"), "background", true);
    let id = app.respond(&body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.has_open_streams(1).await;
    app.becomes(&id, "in_progress").await;
    let path = format!("responses/{id}/cancel");
    let cancelled = app.post_to(&path, &json!({})).await.json();
    assert_eq!(cancelled["status"], "cancelled");
    app.becomes_quiet().await;
    assert_eq!(
        app.post_to(&path, &json!({})).await.json()["status"],
        "cancelled"
    );
    let plain = app.respond(&ask("echo x")).await.json();
    let path = format!("responses/{}/cancel", plain["id"].as_str().unwrap());
    assert_eq!(app.post_to(&path, &json!({})).await.status, 400);
    app.stop().await;
}

#[tokio::test]
async fn deleting_a_response_that_is_made_ends_it() {
    let app = TestApp::start().await;
    let body = with(ask("stall-mid"), "background", true);
    let id = app.respond(&body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.has_open_streams(1).await;
    let path = format!("responses/{id}");
    assert_eq!(app.delete_at(&path).await.status, 200);
    app.becomes_quiet().await;
    assert_eq!(app.look_at(&path).await.status, 404);
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
async fn what_was_not_finished_when_the_program_ended_has_failed_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let app = Setup::new().in_folder(&folder).start().await;
    let kept = app.respond(&ask("echo kept")).await.json();
    // As a program leaves it that was killed.
    let left = app.respond(&with(ask("echo x"), "background", true)).await;
    let left = left.json()["id"].as_str().unwrap().to_owned();
    app.becomes(&left, "completed").await;
    let id = app
        .respond(&with(ask("stall-mid"), "background", true))
        .await
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.has_open_streams(1).await;
    app.app.end_responses();
    app.becomes_quiet().await;
    app.stop().await;
    let app = Setup::new().in_folder(&folder).start().await;
    let failed = app.becomes(&id, "failed").await;
    assert_eq!(failed["error"]["code"], "server_error");
    let path = format!("responses/{}", kept["id"].as_str().unwrap());
    assert_eq!(app.look_at(&path).await.json(), kept);
    app.stop().await;
}

#[tokio::test]
async fn a_broken_answer_is_an_error_whole_and_failed_in_a_stream() {
    let app = TestApp::start().await;
    let whole = app.respond(&ask("cut")).await;
    let stream = app.respond(&with(ask("cut"), "stream", true)).await;
    if whole.status == 200 {
        assert_eq!(last(&stream)["type"], "response.completed");
    } else {
        let events = events(&stream);
        assert_eq!(events[events.len() - 2]["type"], "error");
        assert_eq!(events[events.len() - 1]["type"], "response.failed");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_remembers_what_was_said_in_it() {
    let app = TestApp::start().await;
    let items = json!([{"role": "user", "content": "my name is Ada"}]);
    let body = json!({"items": items, "metadata": {"topic": "names"}});
    let talk = app.post_to("conversations", &body).await.json();
    assert_eq!(talk["object"], "conversation");
    let id = talk["id"].as_str().unwrap();
    let path = format!("conversations/{id}");
    let body = with(ask("echo hello"), "conversation", id);
    let response = app.respond(&body).await.json();
    assert_eq!(response["conversation"], json!({"id": id}));
    let asked = app.conversations().pop().unwrap();
    assert!(String::from_utf8_lossy(&asked.body).contains("my name is Ada"));
    let listed = app.look_at(&format!("{path}/items?order=asc")).await.json();
    let roles: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "user", "assistant"]);
    let more = json!({"items": [{"role": "user", "content": "more"}]});
    let added = app.post_to(&format!("{path}/items"), &more).await.json();
    let item = added["data"][0]["id"].as_str().unwrap();
    let item_path = format!("{path}/items/{item}");
    assert_eq!(app.look_at(&item_path).await.json(), added["data"][0]);
    assert_eq!(app.delete_at(&item_path).await.json()["id"], id);
    assert_eq!(app.look_at(&item_path).await.code(), "item_not_found");
    let noted = app
        .post_to(&path, &json!({"metadata": {"topic": "x"}}))
        .await;
    assert_eq!(noted.json()["metadata"], json!({"topic": "x"}));
    assert_eq!(app.look_at(&path).await.json(), noted.json());
    let gone = app.delete_at(&path).await.json();
    assert_eq!(gone["object"], "conversation.deleted");
    assert_eq!(app.look_at(&path).await.code(), "conversation_not_found");
    app.stop().await;
}
