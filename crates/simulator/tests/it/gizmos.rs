//! GPTs and projects: which there are, and conversations held with them.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, gather, question};
use crate::fold::{Folded, fold};

const SIDEBAR: &str = "/backend-api/gizmos/snorlax/sidebar?conversations_per_gizmo=5&cursor=";

async fn project(client: &Client) -> String {
    let sidebar = client.get(SIDEBAR).await.json();
    let id = sidebar["items"][0]["gizmo"]["gizmo"]["id"]
        .as_str()
        .unwrap();
    id.to_owned()
}

fn question_to(gizmo_id: &str) -> Value {
    let mut body = question("hello");
    body["conversation_mode"] = json!({"kind": "gizmo_interaction", "gizmo_id": gizmo_id});
    body
}

fn conversation_of(answer: &Folded) -> String {
    answer.typed[0]["conversation_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn gpts_are_shown() {
    let client = Client::new();
    let listed = client
        .get("/backend-api/gizmos/bootstrap?limit=20")
        .await
        .json();
    let rows = listed["gizmos"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["flair"]["kind"], "recent");
    for row in rows {
        let id = row["resource"]["gizmo"]["id"].as_str().unwrap();
        assert!(id.starts_with("g-") && !id.starts_with("g-p-"));
        let shown = client
            .get(&format!("/backend-api/gizmos/{id}"))
            .await
            .json();
        assert_eq!(shown, row["resource"]);
        assert!(
            shown["gizmo"]["display"]["name"]
                .as_str()
                .unwrap()
                .starts_with("Simulated")
        );
    }
    let one = client
        .get("/backend-api/gizmos/bootstrap?limit=1")
        .await
        .json();
    assert_eq!(one["gizmos"].as_array().unwrap().len(), 1);
    let pinned = client.get("/backend-api/gizmos/pinned").await.json();
    assert_eq!(pinned["items"].as_array().unwrap().len(), 1);
    let unknown = client.get("/backend-api/gizmos/g-unknown").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.json()["detail"]["code"], "gizmo_not_found");
}

#[tokio::test]
async fn a_gpt_answers_and_says_so() {
    let client = Client::new();
    let answer = fold(&client.converse(&question_to("g-simCoder1")).await.body);
    assert!(answer.answer().starts_with("Simulated Coder answers."));
    let shown = answer
        .messages
        .iter()
        .filter(|message| message["weight"] != 0.0);
    for message in shown {
        assert_eq!(message["metadata"]["gizmo_id"], "g-simCoder1");
    }
    let id = conversation_of(&answer);
    let stored = client
        .get(&format!("/backend-api/conversation/{id}"))
        .await
        .json();
    assert_eq!(
        (&stored["gizmo_id"], &stored["gizmo_type"]),
        (&json!("g-simCoder1"), &json!("gpt"))
    );
    let mut more = question("more");
    more["conversation_id"] = json!(id);
    more["parent_message_id"] = stored["current_node"].clone();
    let answer = fold(&client.converse(&more).await.body);
    assert!(answer.answer().starts_with("Simulated Coder answers."));
    let with_it = client
        .get("/backend-api/gizmos/g-simCoder1/conversations?cursor=0")
        .await;
    assert_eq!(with_it.json()["items"][0]["id"], id);
    assert_eq!(with_it.json()["items"][0]["gizmo_id"], "g-simCoder1");
    let plain = fold(&client.ask("hello").await.body);
    assert_eq!(
        plain.messages.last().unwrap()["metadata"]["gizmo_id"],
        Value::Null
    );
}

#[tokio::test]
async fn projects_hold_conversations_and_belong_to_their_account() {
    let client = Client::new();
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let id = project(&client).await;
    assert!(id.starts_with("g-p-"));
    let answer = fold(&client.converse(&question_to(&id)).await.body);
    let conversation = conversation_of(&answer);
    let sidebar = client.get(SIDEBAR).await.json();
    assert_eq!(
        sidebar["items"][0]["conversations"]["items"][0]["id"],
        conversation
    );
    let stored = client.simulator.conversation(&conversation).unwrap();
    assert_eq!(stored["gizmo_type"], "snorlax");
    let all = client.get("/backend-api/conversations").await.json();
    assert_eq!(all["total"], 0);
    for refused in [
        other.get(&format!("/backend-api/gizmos/{id}")).await,
        other
            .get(&format!("/backend-api/gizmos/{id}/conversations"))
            .await,
        other.converse(&question_to(&id)).await,
        client.converse(&question_to("g-unknown")).await,
    ] {
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert_eq!(refused.json()["detail"]["code"], "gizmo_not_found");
    }
}

#[tokio::test]
async fn a_conversation_moves_into_a_project() {
    let client = Client::new();
    let conversation = conversation_of(&fold(&client.ask("hello").await.body));
    let path = format!("/backend-api/conversation/{conversation}");
    let id = project(&client).await;
    for (gizmo, status) in [
        ("g-p-unknown", StatusCode::NOT_FOUND),
        (&*id, StatusCode::OK),
    ] {
        let body = json!({"gizmo_id": gizmo});
        let moved = gather(client.send("PATCH", &path, &[], Some(&body)).await).await;
        assert_eq!(moved.status, status);
    }
    let listed = client
        .get(&format!("/backend-api/gizmos/{id}/conversations"))
        .await
        .json();
    assert_eq!(listed["items"][0]["id"], conversation);
}
