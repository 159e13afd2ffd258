//! What is left of an answer when its first stream ended early: resumed from an event on, waited
//! for in the conversation, or lost.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;
use tokio::time::timeout;

use crate::client::{Client, Gathered, gather, question};
use crate::fold::{Folded, events, fold};

const RESUME: &str = "/backend-api/f/conversation/resume";

/// Asks in one of the encodings.
async fn ask(client: &Client, prompt: &str, v1: bool) -> Gathered {
    let mut body = question(prompt);
    if !v1 {
        body["supported_encodings"] = json!([]);
    }
    client.converse(&body).await
}

fn conversation_of(reply: &Gathered) -> String {
    let folded = fold(&reply.body);
    let id = &folded.typed[0]["conversation_id"];
    id.as_str().unwrap().to_owned()
}

/// How many events a reader counts; the end is none.
fn count(bytes: &[u8]) -> usize {
    let events = events(bytes);
    events.iter().filter(|(_, data)| data != "[DONE]").count()
}

async fn resume(client: &Client, id: &str, offset: usize) -> Gathered {
    let body = json!({"conversation_id": id, "offset": offset});
    client.post(RESUME, &body).await
}

async fn status(client: &Client, id: &str) -> Value {
    let path = format!("/backend-api/conversation/{id}/stream_status");
    client.get(&path).await.json()["status"].clone()
}

/// The message the conversation ends with.
async fn newest(client: &Client, id: &str) -> Value {
    let path = format!("/backend-api/conversation/{id}");
    let stored = client.get(&path).await.json();
    let current = stored["current_node"].as_str().unwrap();
    stored["mapping"][current]["message"].clone()
}

/// What a reader has of a first stream and the rest, which begins with the encoding again.
fn joined(first: &Gathered, rest: &Gathered) -> Folded {
    let text = rest.text();
    let without_prologue = text
        .strip_prefix("event: delta_encoding\ndata: \"v1\"\n\n")
        .unwrap_or(text);
    let mut bytes = first.text().replace("data: [DONE]\n\n", "").into_bytes();
    bytes.extend(without_prologue.as_bytes());
    fold(&bytes)
}

#[tokio::test]
async fn a_stream_goes_on_from_any_event() {
    let client = Client::new();
    for v1 in [true, false] {
        let whole = ask(&client, "simulate:search", v1).await;
        let id = conversation_of(&whole);
        let all = events(&whole.body);
        for offset in 0..=count(&whole.body) {
            let rest = resume(&client, &id, offset).await;
            assert_eq!(rest.headers["content-type"], whole.headers["content-type"]);
            let rest = events(&rest.body);
            if v1 {
                assert_eq!(rest[0], all[0], "the encoding comes first again");
                assert_eq!(rest[1..], all[offset.max(1)..], "from {offset}");
            } else {
                assert_eq!(rest, all[offset..], "from {offset}");
            }
        }
        let late = resume(&client, &id, usize::MAX).await;
        assert!(fold(&late.body).done);
    }
}

#[tokio::test]
async fn a_dropped_or_handed_off_answer_is_resumed() {
    let client = Client::new();
    for phrase in ["drop-mid", "handoff"] {
        for v1 in [true, false] {
            let first = ask(&client, &format!("simulate:{phrase}"), v1).await;
            assert_eq!(first.broken, phrase == "drop-mid");
            assert_eq!(fold(&first.body).done, phrase == "handoff");
            let id = conversation_of(&first);
            let offset = count(&first.body);
            let rest = resume(&client, &id, offset).await;
            assert_eq!(rest.status, StatusCode::OK, "{phrase}");
            let folded = joined(&first, &rest);
            assert!(folded.done && folded.types().contains(&"message_stream_complete"));
            assert_eq!(folded.messages.last().unwrap()["end_turn"], true);
            assert_eq!(*folded.messages.last().unwrap(), newest(&client, &id).await);
            let path = format!("{RESUME}?conversation_id={id}&offset={offset}");
            assert_eq!(client.get(&path).await.body, rest.body, "{phrase}");
        }
    }
}

#[tokio::test]
async fn a_final_answer_may_be_only_in_the_conversation() {
    let client = Client::new();
    let first = ask(&client, "simulate:drop-410", true).await;
    assert!(first.broken && !fold(&first.body).done);
    let id = conversation_of(&first);
    let refused = resume(&client, &id, count(&first.body)).await;
    assert_eq!(refused.status, StatusCode::GONE);
    assert_eq!(refused.json()["detail"], "persisted_final_available");
    assert_eq!(status(&client, &id).await, "COMPLETE");
    assert_eq!(newest(&client, &id).await["end_turn"], true);
}

#[tokio::test]
async fn an_answer_may_have_to_be_waited_for() {
    let client = Client::new();
    let first = ask(&client, "simulate:handoff-poll", true).await;
    let id = conversation_of(&first);
    assert!(fold(&first.body).types().contains(&"stream_handoff"));
    let refused = resume(&client, &id, 9).await;
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    let path = format!("{RESUME}?conversation_id={id}&offset=9");
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_ne!(newest(&client, &id).await["end_turn"], true);
    for _ in 0..2 {
        assert_eq!(status(&client, &id).await, "IS_STREAMING");
    }
    for _ in 0..2 {
        assert_eq!(status(&client, &id).await, "COMPLETE");
    }
    let answer = newest(&client, &id).await;
    assert_eq!(answer["end_turn"], true);
    assert_eq!(answer["content"]["content_type"], "text");
}

#[tokio::test]
async fn an_answer_may_be_lost() {
    let client = Client::new();
    for phrase in [
        "handoff-gone",
        "truncated",
        "drop",
        "cut-character",
        "stuck",
    ] {
        let first = ask(&client, &format!("simulate:{phrase} simulate:ascii"), true).await;
        let id = conversation_of(&first);
        let refused = resume(&client, &id, count(&first.body)).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{phrase}");
        assert_eq!(status(&client, &id).await, "COMPLETE", "{phrase}");
        let newest = newest(&client, &id).await;
        if phrase == "handoff-gone" {
            assert_eq!(newest["content"]["content_type"], "model_editable_context");
        } else {
            assert_eq!(newest["status"], "in_progress", "{phrase}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_streaming_until_its_reader_leaves() {
    let client = Client::new();
    let mut response = client.start(&question("simulate:stall-mid")).await;
    let mut body = Vec::new();
    let reading = timeout(Duration::from_secs(20), async {
        use http_body_util::BodyExt as _;
        while let Some(frame) = response.body_mut().frame().await {
            body.extend(frame.unwrap().into_data().unwrap());
        }
    });
    assert!(reading.await.is_err(), "it never ends");
    let folded = fold(&body);
    let id = folded.typed[0]["conversation_id"].as_str().unwrap();
    assert_eq!(status(&client, id).await, "IS_STREAMING");
    drop(response);
    assert_eq!(status(&client, id).await, "COMPLETE");
    assert_eq!(newest(&client, id).await["status"], "in_progress");
    let refused = resume(&client, id, count(&body)).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_owner_resumes_and_only_what_is_there() {
    let client = Client::new();
    let first = ask(&client, "simulate:drop-mid", true).await;
    let id = conversation_of(&first);
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let path = format!("/backend-api/conversation/{id}/stream_status");
    for refused in [
        resume(&other, &id, 3).await,
        other.get(&path).await,
        resume(&client, "no such conversation", 3).await,
    ] {
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(refused.json()["detail"]["code"], "conversation_not_found");
    }
    let refused = client.post(RESUME, &json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["detail"][1]["loc"][1], "offset");
    let mut stranger = client.signed_in_as(&TokenSpec::new("carol"));
    "unreadable".clone_into(&mut stranger.token);
    let refused = resume(&stranger, &id, 3).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let older = Client::with(|options| options.f_conversation = false);
    assert_eq!(resume(&older, &id, 3).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_picture_arrives_after_some_looks_at_the_conversation() {
    let client = Client::new();
    let first = ask(&client, "simulate:image-async", true).await;
    let id = conversation_of(&first);
    let promise = fold(&first.body).messages.pop().unwrap();
    assert_eq!(status(&client, &id).await, "COMPLETE");
    let path = format!("/backend-api/conversation/{id}");
    for _ in 0..3 {
        assert_eq!(newest(&client, &id).await, promise);
        let stored = client.simulator.conversation(&id).unwrap();
        assert!(stored["async_status"].is_number());
    }
    let stored = client.get(&path).await.json();
    let picture = &stored["mapping"][stored["current_node"].as_str().unwrap()];
    assert_eq!(picture["parent"], promise["id"]);
    let part = &picture["message"]["content"]["parts"][0];
    assert_eq!(part["content_type"], "image_asset_pointer");
    assert_eq!(picture["message"]["status"], "finished_successfully");
}

#[tokio::test]
async fn tasks_are_listed_for_their_owner_and_end() {
    let client = Client::new();
    let first = ask(&client, "simulate:image-async", true).await;
    ask(&client, "hello", true).await;
    ask(&client, "simulate:handoff-poll", true).await;
    let promise = fold(&first.body).messages.pop().unwrap();
    let list = async |client: &Client| {
        let reply = gather(client.send("GET", "/backend-api/tasks", &[], None).await).await;
        reply.json()["tasks"].as_array().unwrap().clone()
    };
    assert!(
        list(&client.signed_in_as(&TokenSpec::new("bob")))
            .await
            .is_empty()
    );
    for _ in 0..3 {
        let tasks = list(&client).await;
        assert_eq!(tasks.len(), 1);
        assert_eq!(
            tasks[0]["task_id"],
            promise["metadata"]["image_gen_task_id"]
        );
        assert_eq!(tasks[0]["conversation_id"], conversation_of(&first));
        assert_eq!(tasks[0]["status"], "running");
        assert!(tasks[0]["image_gen_message"].is_null());
    }
    let tasks = list(&client).await;
    assert_eq!(tasks[0]["status"], "completed");
    let message = &tasks[0]["image_gen_message"];
    assert_eq!(message["content"]["content_type"], "multimodal_text");
}

#[tokio::test]
async fn a_later_turn_stays_the_newest_when_a_picture_arrives() {
    let client = Client::new();
    let first = ask(&client, "simulate:image-async", true).await;
    let id = conversation_of(&first);
    let mut body = question("hello");
    body["conversation_id"] = json!(id);
    body["parent_message_id"] = fold(&first.body).messages.pop().unwrap()["id"].clone();
    body["messages"][0]["id"] = json!("22222222-2222-4222-8222-222222222222");
    let second = client.converse(&body).await;
    let answer = fold(&second.body).messages.pop().unwrap();
    for _ in 0..4 {
        assert_eq!(newest(&client, &id).await, answer);
    }
}
