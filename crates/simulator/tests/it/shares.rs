//! Conversations that are shared, and who sees the shares.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered, gather};
use crate::fold::fold;

/// A conversation's id and its newest message.
async fn conversation(client: &Client, prompt: &str) -> (String, String) {
    let answer = fold(&client.ask(prompt).await.body);
    let id = answer.typed[0]["conversation_id"].as_str().unwrap();
    let document = client.simulator.conversation(id).unwrap();
    let newest = document["current_node"].as_str().unwrap();
    (id.to_owned(), newest.to_owned())
}

async fn share(client: &Client, prompt: &str) -> Value {
    let (id, newest) = conversation(client, prompt).await;
    let body = json!({"current_node_id": newest, "conversation_id": id, "is_anonymous": true});
    let created = client.post("/backend-api/share/create", &body).await;
    assert_eq!(created.status, StatusCode::OK);
    created.json()
}

fn path_of(share: &Value) -> String {
    format!("/backend-api/share/{}", share["share_id"].as_str().unwrap())
}

async fn change(client: &Client, share: &Value, body: &Value) -> Gathered {
    gather(client.send("PATCH", &path_of(share), &[], Some(body)).await).await
}

async fn remove(client: &Client, share: &Value) -> Gathered {
    gather(client.send("DELETE", &path_of(share), &[], None).await).await
}

async fn listed(client: &Client) -> Value {
    let path = "/backend-api/shared_conversations?order=created&limit=2&offset=0";
    client.get(path).await.json()
}

#[tokio::test]
async fn a_conversation_is_shared_once_and_listed() {
    let client = Client::new();
    let shared = share(&client, "Tell me of bees").await;
    assert_eq!(shared["is_public"], false);
    assert_eq!(shared["already_exists"], false);
    let again = json!({
        "current_node_id": shared["current_node_id"],
        "conversation_id": shared["conversation_id"],
    });
    let again = client
        .post("/backend-api/share/create", &again)
        .await
        .json();
    assert_eq!(again["share_id"], shared["share_id"]);
    assert_eq!(again["already_exists"], true);
    for prompt in ["Second", "Third"] {
        share(&client, prompt).await;
    }
    let list = listed(&client).await;
    assert_eq!(list["total"], 3);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(list["has_missing_conversations"], false);
    assert_ne!(
        list["items"][0]["id"], shared["share_id"],
        "the newest is first"
    );
}

#[tokio::test]
async fn a_share_shows_the_conversation_to_its_owner() {
    let client = Client::new();
    let shared = share(&client, "Tell me of bees").await;
    let shown = client.get(&path_of(&shared)).await.json();
    let thread = shown["linear_conversation"].as_array().unwrap();
    let last = thread.last().unwrap();
    assert_eq!(last["id"], shared["current_node_id"]);
    assert_eq!(shown["mapping"].as_object().unwrap().len(), thread.len());
    assert_eq!(shown["author_name"], Value::Null);
    assert!(!shown.to_string().contains("alice"));
    change(
        &client,
        &shared,
        &json!({"is_anonymous": false, "title": "Bees"}),
    )
    .await;
    let shown = client.get(&path_of(&shared)).await.json();
    assert_eq!(
        (&shown["author_name"], &shown["title"]),
        (&json!("alice"), &json!("Bees"))
    );
}

#[tokio::test]
async fn other_accounts_have_no_part_in_it() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    let shared = share(&client, "Tell me of bees").await;
    assert_eq!(listed(&bob).await["total"], 0);
    let theirs = json!({
        "current_node_id": shared["current_node_id"],
        "conversation_id": shared["conversation_id"],
    });
    let refused = bob.post("/backend-api/share/create", &theirs).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.json()["detail"]["code"], "conversation_not_found");
    let public = json!({"is_public": true});
    for refused in [
        bob.get(&path_of(&shared)).await,
        change(&bob, &shared, &public).await,
        remove(&bob, &shared).await,
    ] {
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(
            refused.json()["detail"]["code"],
            "shared_conversation_not_found"
        );
    }
    assert_eq!(listed(&client).await["total"], 1);
}

#[tokio::test]
async fn anybody_opens_a_public_share_and_no_other() {
    let mut client = Client::new();
    let shared = share(&client, "Bees & <flowers>").await;
    let page = format!("/share/{}", shared["share_id"].as_str().unwrap());
    assert!(shared["share_url"].as_str().unwrap().ends_with(&page));
    assert_eq!(client.get(&page).await.status, StatusCode::NOT_FOUND);
    change(&client, &shared, &json!({"is_public": true})).await;
    let token = std::mem::take(&mut client.token);
    let opened = client.get(&page).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert!(opened.text().contains("&lt;flowers"), "{}", opened.text());
    let headers = [("accept", "application/json")];
    let opened = gather(client.send("GET", &page, &headers, None).await).await;
    assert_eq!(opened.json()["is_public"], true);
    assert_eq!(opened.json()["conversation_id"], Value::Null);
    client.token = token;
    change(&client, &shared, &json!({"is_visible": false})).await;
    assert_eq!(client.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_share_goes_when_it_or_its_conversation_is_deleted() {
    let client = Client::new();
    let (first, second) = (share(&client, "One").await, share(&client, "Two").await);
    assert_eq!(remove(&client, &first).await.status, StatusCode::OK);
    assert_eq!(
        client.get(&path_of(&first)).await.status,
        StatusCode::NOT_FOUND
    );
    let id = second["conversation_id"].as_str().unwrap();
    client.simulator.delete_conversation(id);
    assert_eq!(
        client.get(&path_of(&second)).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(listed(&client).await["total"], 0);
}

#[tokio::test]
async fn what_is_shared_must_be_there() {
    let client = Client::new();
    let (id, _) = conversation(&client, "One").await;
    for (body, status) in [
        (json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json!({"conversation_id": "nothing", "current_node_id": "x"}),
            StatusCode::NOT_FOUND,
        ),
        (
            json!({"conversation_id": id, "current_node_id": "x"}),
            StatusCode::NOT_FOUND,
        ),
    ] {
        let refused = client.post("/backend-api/share/create", &body).await;
        assert_eq!(refused.status, status, "{body}");
    }
}
