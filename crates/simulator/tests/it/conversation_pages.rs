//! Conversations read page by page, and what a page asks beside them.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, question};
use crate::fold::fold;

/// A conversation of three turns.
async fn conversation(client: &Client) -> String {
    let first = fold(&client.ask("One").await.body);
    let id = first.typed[0]["conversation_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for number in [2, 3] {
        let document = client.simulator.conversation(&id).unwrap();
        let mut next = question(&format!("Turn {number}"));
        next["conversation_id"] = json!(id);
        next["parent_message_id"] = document["current_node"].clone();
        next["messages"][0]["id"] = json!(format!("11111111-1111-4111-8111-11111111111{number}"));
        assert_eq!(client.converse(&next).await.status, StatusCode::OK);
    }
    id
}

fn prompts(page: &Value) -> Vec<&str> {
    let messages = page["messages"].as_array().unwrap().iter();
    let users = messages.filter(|message| message["author"]["role"] == "user");
    users
        .map(|message| message["content"]["parts"][0].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_last_turns_of_a_conversation_are_read() {
    let client = Client::new();
    let id = conversation(&client).await;
    let read = async |turns: u32| {
        let path = format!("/backend-api/conversations/{id}?num_turns={turns}");
        client.get(&path).await.json()
    };
    let two = read(2).await;
    assert_eq!(prompts(&two), ["Turn 2", "Turn 3"]);
    assert_eq!(two["page_info"]["has_previous_page"], true);
    assert_eq!(
        (&two["conversation_id"], &two["mapping"]),
        (&json!(id), &Value::Null)
    );
    assert_eq!(
        two["messages"].as_array().unwrap().last().unwrap()["id"],
        two["current_node"]
    );
    let all = read(10).await;
    assert_eq!(prompts(&all), ["One", "Turn 2", "Turn 3"]);
    assert_eq!(all["page_info"]["has_previous_page"], false);
}

#[tokio::test]
async fn messages_are_read_from_one_on() {
    let client = Client::new();
    let id = conversation(&client).await;
    let path = format!("/backend-api/conversations/{id}/messages");
    let all = client.get(&path).await.json();
    assert_eq!(prompts(&all).len(), 3);
    let mut read = Vec::new();
    let mut after = String::new();
    loop {
        let page = client
            .get(&format!("{path}?limit=2&after={after}"))
            .await
            .json();
        read.extend(page["messages"].as_array().unwrap().clone());
        if page["page_info"]["has_next_page"] == false {
            break;
        }
        page["page_info"]["end_cursor"]
            .as_str()
            .unwrap()
            .clone_into(&mut after);
    }
    assert_eq!(json!(read), all["messages"]);
    let unknown = client.get(&format!("{path}?after=nothing")).await;
    assert_eq!(unknown.json()["detail"]["code"], "message_not_found");
}

#[tokio::test]
async fn pages_of_other_accounts_are_not_there() {
    let client = Client::new();
    let id = conversation(&client).await;
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    for path in ["", "/messages"] {
        let refused = bob
            .get(&format!("/backend-api/conversations/{id}{path}"))
            .await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(refused.json()["detail"]["code"], "conversation_not_found");
    }
    let path = format!("/backend-api/conversation/{id}/async-status");
    let refused = bob.post(&path, &json!({"status": null})).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_badge_of_a_finished_task_is_taken_away() {
    let client = Client::new();
    let answer = fold(&client.ask("simulate:image-async").await.body);
    let id = answer.typed[0]["conversation_id"].as_str().unwrap();
    let (shown, badge) = (
        format!("/backend-api/conversation/{id}"),
        format!("/backend-api/conversation/{id}/async-status"),
    );
    let status = async || client.get(&shown).await.json()["async_status"].clone();
    let clear = json!({"status": null});
    assert_eq!(client.post(&badge, &clear).await.status, StatusCode::OK);
    assert_eq!(status().await, 1, "a task that runs keeps its badge");
    for _ in 0..3 {
        status().await;
    }
    assert_eq!(status().await, 2);
    client.post(&badge, &clear).await;
    assert_eq!(status().await, Value::Null);
}

#[tokio::test]
async fn what_one_might_type_begins_with_what_was_typed() {
    let client = Client::new();
    let path = "/backend-api/conversation/experimental/generate_autocompletions";
    let body = json!({"input_text": "Explain bees", "num_completions": 3, "in_search_mode": false});
    let completions = client.post(path, &body).await.json()["completions"].clone();
    let completions = completions.as_array().unwrap();
    assert_eq!(completions.len(), 3);
    assert!(
        completions
            .iter()
            .all(|text| text.as_str().unwrap().starts_with("Explain bees "))
    );
    let refused = client.post(path, &json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_conversation_is_held_under_its_other_name() {
    let client = Client::new();
    let token = client.requirements().await;
    let headers = [("openai-sentinel-chat-requirements-token", token.as_str())];
    let body = question("hello");
    let path = "/backend-alt/conversation";
    let answer = client.send("POST", path, &headers, Some(&body)).await;
    let answer = fold(&crate::client::gather(answer).await.body);
    assert!(answer.done && !answer.answer().is_empty());
}
