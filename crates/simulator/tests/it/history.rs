//! The conversations an account has: listed, searched, changed, and temporary ones.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered, gather, question};
use crate::fold::fold;

const LIST: &str = "/backend-api/conversations";

/// Asks and returns the conversation's id.
async fn begin(client: &Client, prompt: &str) -> String {
    let answer = fold(&client.ask(prompt).await.body);
    let id = answer.typed[0]["conversation_id"].as_str().unwrap();
    id.to_owned()
}

async fn patch(client: &Client, path: &str, body: &Value) -> Gathered {
    gather(client.send("PATCH", path, &[], Some(body)).await).await
}

async fn change(client: &Client, id: &str, body: &Value) -> Gathered {
    patch(client, &format!("/backend-api/conversation/{id}"), body).await
}

/// The titles in a list.
async fn titles(client: &Client, path: &str) -> Vec<String> {
    let list = client.get(path).await.json();
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn conversations_are_listed_by_age_in_pages() {
    let client = Client::new();
    let mut ids = Vec::new();
    for prompt in ["one", "two", "three"] {
        ids.push(begin(&client, prompt).await);
        client.clock.pass(Duration::from_secs(1));
    }
    let stored = client.simulator.conversation(&ids[0]).unwrap();
    let mut more = question("again");
    more["conversation_id"] = json!(ids[0]);
    more["parent_message_id"] = stored["current_node"].clone();
    client.converse(&more).await;
    assert_eq!(titles(&client, LIST).await, ["one", "three", "two"]);
    let created = format!("{LIST}?order=created");
    assert_eq!(titles(&client, &created).await, ["three", "two", "one"]);
    let page = client
        .get(&format!("{LIST}?offset=1&limit=1&order=updated"))
        .await
        .json();
    assert_eq!(
        (&page["total"], &page["offset"], &page["limit"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(page["items"][0]["id"], ids[2]);
    assert_eq!(page["items"][0]["create_time"], "2025-12-05T15:00:02.000Z");
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    assert!(titles(&other, LIST).await.is_empty());
    let wrong = client.get(&format!("{LIST}?limit=x")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn conversations_are_renamed_archived_starred_and_deleted() {
    let client = Client::new();
    let id = begin(&client, "one").await;
    begin(&client, "two").await;
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let foreign = change(&other, &id, &json!({"title": "mine"})).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let renamed = change(&client, &id, &json!({"title": "First"})).await;
    assert_eq!(renamed.json(), json!({"success": true}));
    assert_eq!(titles(&client, LIST).await, ["two", "First"]);
    change(&client, &id, &json!({"is_archived": true})).await;
    assert_eq!(titles(&client, LIST).await, ["two"]);
    assert_eq!(
        titles(&client, &format!("{LIST}?is_archived=true")).await,
        ["First"]
    );
    change(
        &client,
        &id,
        &json!({"is_archived": false, "is_starred": true}),
    )
    .await;
    assert_eq!(
        titles(&client, &format!("{LIST}?is_starred=true")).await,
        ["First"]
    );
    let shown = client
        .get(&format!("/backend-api/conversation/{id}"))
        .await
        .json();
    assert_eq!(
        (&shown["title"], &shown["is_starred"]),
        (&json!("First"), &json!(true))
    );
    change(&client, &id, &json!({"is_visible": false})).await;
    assert_eq!(titles(&client, LIST).await, ["two"]);
    let gone = client.get(&format!("/backend-api/conversation/{id}")).await;
    assert_eq!(gone.json()["detail"]["code"], "conversation_not_found");
    let nothing = change(
        &client,
        &begin(&client, "x").await,
        &json!({"colour": "red"}),
    )
    .await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn all_conversations_are_changed_at_once() {
    let client = Client::new();
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    begin(&client, "one").await;
    begin(&client, "two").await;
    begin(&other, "theirs").await;
    let archived = patch(&client, LIST, &json!({"is_archived": true})).await;
    assert_eq!(archived.json(), json!({"success": true}));
    assert!(titles(&client, LIST).await.is_empty());
    assert_eq!(
        titles(&client, &format!("{LIST}?is_archived=true"))
            .await
            .len(),
        2
    );
    patch(&client, LIST, &json!({"is_visible": false})).await;
    assert!(
        titles(&client, &format!("{LIST}?is_archived=true"))
            .await
            .is_empty()
    );
    assert_eq!(titles(&other, LIST).await, ["theirs"]);
    let nothing = patch(&client, LIST, &json!({})).await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn conversations_are_searched() {
    let client = Client::new();
    let id = begin(&client, "simulate:echo a Heron by the river").await;
    begin(&client, "something else").await;
    let found = client
        .get(&format!("{LIST}/search?query=heron&cursor="))
        .await
        .json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["conversation_id"], id);
    assert!(
        found["items"][0]["payload"]["snippet"]
            .as_str()
            .unwrap()
            .contains("Heron")
    );
    let by_title = change(&client, &id, &json!({"title": "Ardea"})).await;
    assert_eq!(by_title.status, StatusCode::OK);
    let found = client
        .get(&format!("{LIST}/search?query=ARDEA"))
        .await
        .json();
    assert_eq!(found["items"][0]["conversation_id"], id);
    let missing = client.get(&format!("{LIST}/search")).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_title_is_generated_unless_one_was_chosen() {
    let client = Client::new();
    let id = begin(&client, "hello there").await;
    let stored = client.simulator.conversation(&id).unwrap();
    let path = format!("/backend-api/conversation/gen_title/{id}");
    let body = json!({"message_id": stored["current_node"]});
    assert_eq!(
        client.post(&path, &body).await.json(),
        json!({"title": "hello there"})
    );
    change(&client, &id, &json!({"title": "Chosen"})).await;
    let kept = client.post(&path, &body).await.json();
    assert!(
        kept["message"]
            .as_str()
            .unwrap()
            .contains("already has a title")
    );
    let unknown = client.post(&path, &json!({"message_id": "m"})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn messages_are_rated_and_answers_stopped() {
    let client = Client::new();
    let id = begin(&client, "hello").await;
    let message = client.simulator.conversation(&id).unwrap()["current_node"].clone();
    let feedback = "/backend-api/conversation/message_feedback";
    let mut body = json!({"conversation_id": id, "message_id": message, "rating": "thumbsUp"});
    assert_eq!(
        client.post(feedback, &body).await.json()["rating"],
        "thumbsUp"
    );
    body["rating"] = json!("meh");
    assert_eq!(
        client.post(feedback, &body).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    body["rating"] = json!("thumbsDown");
    body["message_id"] = json!("m");
    assert_eq!(
        client.post(feedback, &body).await.status,
        StatusCode::NOT_FOUND
    );
    let stop = "/backend-api/stop_conversation";
    let stopped = client.post(stop, &json!({"conversation_id": id})).await;
    assert_eq!(stopped.json(), json!({"success": true}));
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let foreign = other.post(stop, &json!({"conversation_id": id})).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let docs = format!("/backend-api/conversation/{id}/textdocs");
    assert_eq!(client.get(&docs).await.json(), json!([]));
    assert_eq!(other.get(&docs).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn temporary_chats_are_not_listed_and_soon_gone() {
    for is_served in [true, false] {
        let client = Client::with(|options| options.temporary_is_served = is_served);
        let mut body = question("hello");
        body["history_and_training_disabled"] = json!(true);
        let answer = fold(&client.converse(&body).await.body);
        assert!(titles(&client, LIST).await.is_empty());
        let id = answer.typed[0]["conversation_id"].as_str().unwrap();
        let path = format!("/backend-api/conversation/{id}");
        let status = async || client.get(&path).await.status;
        let early = if is_served {
            StatusCode::OK
        } else {
            StatusCode::NOT_FOUND
        };
        assert_eq!(status().await, early);
        body["conversation_id"] = json!(id);
        body["parent_message_id"] = answer.messages.last().unwrap()["id"].clone();
        assert_eq!(client.converse(&body).await.status, StatusCode::OK);
        client.clock.pass(Duration::from_hours(1));
        assert_eq!(status().await, StatusCode::NOT_FOUND);
    }
}
