//! The Responses API over a server that has it too: the caller's body goes up, and the server's answer
//! comes back.

use serde_json::{Value, json};

use crate::support::{KEY, Reply, Setup, TestApp};

fn setup() -> Setup {
    Setup::new().set("DRIVERS", "web,codex,platform").with_key()
}

/// Asks the Responses API.
async fn respond(app: &TestApp, body: &Value) -> Reply {
    let request = app.client.post(format!("{}/v1/responses", app.url));
    Reply::read(request.bearer_auth(KEY).json(body).send().await.unwrap()).await
}

/// The events of a stream.
fn events(reply: &Reply) -> Vec<Value> {
    let lines = reply.text.lines();
    let data = lines.filter_map(|line| line.strip_prefix("data: "));
    data.map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[tokio::test]
async fn a_server_with_responses_gets_the_callers_body_and_its_answer_comes_back_as_it_is() {
    let app = setup().start().await;
    let body = json!({"model": "platform/gpt-4o", "input": "simulate:echo one", "temperature": 0.5,
        "stream": true});
    let reply = respond(&app, &body).await;
    assert_eq!(
        reply.header("x-flowgpt-driver"),
        "platform",
        "{}",
        reply.text
    );
    assert_eq!(reply.header("x-flowgpt-dropped"), "");
    let events = events(&reply);
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let response = &events.last().unwrap()["response"];
    assert_eq!(response["status"], "completed");
    assert_eq!(
        (&response["store"], &response["temperature"]),
        (&json!(true), &json!(0.5))
    );
    assert!(
        events
            .iter()
            .any(|it| it["obfuscation"].is_string() || it["logprobs"].is_array()),
        "upstream's own members are there"
    );
    let id = response["id"].as_str().unwrap();
    assert!(
        events
            .iter()
            .filter_map(|it| it["response"]["id"].as_str())
            .all(|it| it == id)
    );

    let kept = app
        .client
        .get(format!("{}/v1/responses/{id}", app.url))
        .bearer_auth(KEY);
    let kept = Reply::read(kept.send().await.unwrap()).await.json();
    assert_eq!(kept["output"], response["output"]);
    assert_eq!(kept["temperature"], 0.5);

    let unknown = json!({"model": "platform/gpt-4o", "input": "hi", "of_tomorrow": 1});
    let refused = respond(&app, &unknown).await;
    assert_eq!(
        refused.status, 400,
        "the server was told, and says so: {}",
        refused.text
    );
    app.stop().await;
}

#[tokio::test]
async fn what_came_before_is_written_out_for_a_server_that_keeps_nothing() {
    let app = setup().start().await;
    let first = json!({"model": "platform/gpt-4o", "input": "simulate:echo one"});
    let first = respond(&app, &first).await.json();
    let next = json!({"model": "platform/gpt-4o", "input": "simulate:echo two",
        "previous_response_id": first["id"]});
    let next = respond(&app, &next).await;
    assert_eq!(next.status, 200, "{}", next.text);
    let next = next.json();
    assert_eq!(next["previous_response_id"], first["id"]);
    assert_ne!(next["id"], first["id"]);
    let recorded = app.simulator.recorded();
    let asked = recorded
        .iter()
        .rfind(|it| it.path.ends_with("/v1/responses"))
        .unwrap();
    let asked: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(asked["store"], false);
    assert_eq!(asked["previous_response_id"], Value::Null);
    let input = asked["input"].as_array().unwrap();
    assert_eq!(input.len(), 3, "{asked}");
    assert_eq!(input[1]["content"][0]["text"], "one");
    assert!(
        input
            .iter()
            .all(|it| it["id"].is_null() && it["status"].is_null())
    );
    app.stop().await;
}

#[tokio::test]
async fn a_server_without_responses_answers_all_the_same() {
    let app = setup()
        .simulate(|it| it.platform.responses = false)
        .start()
        .await;
    let body =
        json!({"model": "platform/gpt-4o", "input": "simulate:echo one", "temperature": 0.5});
    let reply = respond(&app, &body).await;
    assert_eq!(
        reply.header("x-flowgpt-driver"),
        "platform",
        "{}",
        reply.text
    );
    assert_eq!(reply.header("x-flowgpt-dropped"), "temperature");
    assert_eq!(reply.json()["output"][0]["content"][0]["text"], "one");
    app.stop().await;
}

#[tokio::test]
async fn a_response_of_a_server_is_made_in_the_background_too() {
    let app = setup().start().await;
    let body = json!({"model": "platform/gpt-4o", "input": "simulate:echo one", "background": true,
        "stream": true});
    let reply = respond(&app, &body).await;
    let events = events(&reply);
    let kinds: Vec<&str> = events
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds[..3],
        [
            "response.created",
            "response.queued",
            "response.in_progress"
        ]
    );
    let last = events.last().unwrap();
    assert_eq!(last["sequence_number"], events.len() - 1);
    assert_eq!(last["response"]["id"], events[0]["response"]["id"]);
    assert_eq!(last["response"]["background"], true);
    app.stop().await;
}
