//! Conversations: what is stored, how they go on, and who may see them.

use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use simulator::{Pace, TokenSpec};

use crate::client::{Client, Gathered, question};
use crate::fold::{Folded, fold};

fn conversation_id(folded: &Folded) -> String {
    folded.typed[0]["conversation_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn last_id(folded: &Folded) -> Value {
    folded.messages.last().unwrap()["id"].clone()
}

fn follow_up(folded: &Folded, id: &str, prompt: &str) -> Value {
    let mut body = question(prompt);
    body["conversation_id"] = json!(conversation_id(folded));
    body["parent_message_id"] = last_id(folded);
    body["messages"][0]["id"] = json!(id);
    body
}

fn folded(reply: &Gathered) -> Folded {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(
        reply.headers["content-type"],
        "text/event-stream; charset=utf-8"
    );
    fold(&reply.body)
}

#[tokio::test]
async fn what_is_streamed_is_what_is_stored() {
    let client = Client::new();
    for encodings in [json!(["v1"]), json!([]), Value::Null] {
        for script in simulator::script_names() {
            let mut body = question(&format!("simulate:{script} please"));
            body["supported_encodings"] = encodings.clone();
            let folded = folded(&client.converse(&body).await);
            let id = conversation_id(&folded);
            let stored = client
                .get(&format!("/backend-api/conversation/{id}"))
                .await
                .json();
            assert_eq!(client.simulator.conversation(&id), Some(stored.clone()));
            let mut at = stored["current_node"].clone();
            for message in folded.messages.iter().rev() {
                let node = &stored["mapping"][at.as_str().unwrap()];
                assert_eq!(&node["message"], message, "{script}");
                at = node["parent"].clone();
            }
            assert_eq!(at, "client-created-root");
        }
    }
    assert_eq!(client.simulator.open_streams(), 0);
}

#[tokio::test]
async fn a_conversation_goes_on() {
    let client = Client::new();
    let first = folded(&client.ask("hello").await);
    let next = follow_up(
        &first,
        "22222222-2222-4222-8222-222222222222",
        "simulate:ascii",
    );
    let second = folded(&client.converse(&next).await);
    assert_eq!(conversation_id(&second), conversation_id(&first));
    assert!(!second.types().contains(&"title_generation"));
    let stored = client
        .simulator
        .conversation(&conversation_id(&first))
        .unwrap();
    let new_user = "22222222-2222-4222-8222-222222222222";
    assert_eq!(stored["mapping"][new_user]["parent"], last_id(&first));
    assert_eq!(stored["current_node"], last_id(&second));
}

#[tokio::test]
async fn a_variant_is_a_sibling() {
    let client = Client::new();
    let first = folded(&client.ask("hello").await);
    let user = question("")["messages"][0]["id"].clone();
    for repeated in [true, false] {
        let mut body = question("hello");
        body["action"] = json!("variant");
        body["conversation_id"] = json!(conversation_id(&first));
        body["parent_message_id"] = user.clone();
        if !repeated {
            body["messages"] = json!([]);
        }
        let variant = folded(&client.converse(&body).await);
        assert_eq!(variant.messages.len(), 1);
        assert_eq!(variant.answer(), first.answer());
        let stored = client
            .simulator
            .conversation(&conversation_id(&first))
            .unwrap();
        let parent = |id: &Value| stored["mapping"][id.as_str().unwrap()]["parent"].clone();
        assert_eq!(parent(&last_id(&variant)), parent(&last_id(&first)));
        assert_ne!(last_id(&variant), last_id(&first));
    }
}

#[tokio::test]
async fn a_cut_answer_can_be_continued() {
    let client = Client::new();
    let first = folded(&client.ask("simulate:max-tokens").await);
    let mut body = question("");
    body["action"] = json!("continue");
    body["conversation_id"] = json!(conversation_id(&first));
    body["parent_message_id"] = last_id(&first);
    body["messages"] = json!([]);
    let more = folded(&client.converse(&body).await);
    let stored = client
        .simulator
        .conversation(&conversation_id(&first))
        .unwrap();
    let node = &stored["mapping"][last_id(&more).as_str().unwrap()];
    assert_eq!(node["parent"], last_id(&first));
}

#[tokio::test]
async fn conversations_belong_to_their_account() {
    let client = Client::new();
    let first = folded(&client.ask("hello").await);
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let path = format!("/backend-api/conversation/{}", conversation_id(&first));
    assert_eq!(client.get(&path).await.status, StatusCode::OK);
    let mut unknown_parent = follow_up(&first, "3", "hi");
    unknown_parent["parent_message_id"] = json!("33333333-3333-4333-8333-333333333333");
    for reply in [
        other.get(&path).await,
        other.converse(&follow_up(&first, "3", "hi")).await,
        client.converse(&unknown_parent).await,
    ] {
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert_eq!(reply.json()["detail"]["code"], "conversation_not_found");
    }
}

#[tokio::test]
async fn a_model_the_plan_lacks_is_replaced_in_silence() {
    let client = Client::new();
    let mut body = question("hello");
    body["model"] = json!("gpt-5-5-pro");
    let folded = folded(&client.converse(&body).await);
    assert_eq!(
        folded.messages.last().unwrap()["metadata"]["model_slug"],
        "gpt-5-2"
    );
}

#[tokio::test]
async fn a_thinking_model_reasons() {
    let client = Client::new();
    let mut body = question("hello");
    body["model"] = json!("gpt-5-5-thinking");
    let folded = folded(&client.converse(&body).await);
    assert!(
        folded
            .messages
            .iter()
            .any(|message| message["content"]["content_type"] == "thoughts")
    );
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let client = Client::new();
    let refused = client.converse(&json!({"action": "next"})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let faults = refused.json();
    let names: Vec<_> = faults["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| &fault["loc"][1])
        .collect();
    assert_eq!(names, ["messages", "parent_message_id", "model"]);
}

#[tokio::test]
async fn writes_can_be_cut_anywhere() {
    let client = Client::with(|options| {
        options.framing.split_every = Some(3);
        options.framing.escape_non_ascii = false;
    });
    let mut body = client.start(&question("simulate:emoji")).await.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        assert!(data.len() <= 3);
        bytes.extend(data);
    }
    assert!(fold(&bytes).done);
}

#[tokio::test(start_paused = true)]
async fn a_paced_stream_takes_its_time_and_stops_when_dropped() {
    let client = Client::with(|options| options.pace = Pace::Every(Duration::from_millis(100)));
    let started = tokio::time::Instant::now();
    let body = client.start(&question("simulate:long")).await.into_body();
    assert_eq!(client.simulator.open_streams(), 1);
    let long = body.collect().await.unwrap().to_bytes();
    let deltas = fold(&long).messages.len();
    assert!(deltas > 3 && started.elapsed() > Duration::from_secs(10));
    let mut body = client.start(&question("hello")).await.into_body();
    assert!(body.frame().await.is_some());
    assert_eq!(client.simulator.open_streams(), 1);
    drop(body);
    assert_eq!(client.simulator.open_streams(), 0);
}

#[tokio::test]
async fn a_broken_answer_is_right_once_it_is_said_what_is_wrong() {
    let client = Client::new();
    let asked = "simulate:emulated-broken now {\"a\":1}";
    let first = folded(&client.ask(asked).await);
    assert!(answer(&first).contains("\"arguments\":["));
    let repair = "The answer above does not have the agreed form: no.";
    for (asked, right) in [
        (
            asked,
            "```tool_call\n{\"name\":\"now\",\"arguments\":{\"a\":1}}\n```",
        ),
        ("simulate:broken-json [1]", "[1]"),
        ("hello", "*(Simulated reply — nothing of this was broken.)*"),
    ] {
        let mut body = question(asked);
        let mut last = question(repair)["messages"][0].clone();
        last["id"] = json!("a0000000-0000-4000-8000-000000000002");
        body["messages"].as_array_mut().unwrap().push(last);
        assert_eq!(answer(&folded(&client.converse(&body).await)), right);
    }
}

fn answer(folded: &Folded) -> &str {
    let last = folded.messages.last().unwrap();
    last["content"]["parts"][0].as_str().unwrap()
}
