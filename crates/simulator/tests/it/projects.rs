//! Projects that are made and changed.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, question};
use crate::fold::fold;

const UPSERT: &str = "/backend-api/gizmos/snorlax/upsert";
const SIDEBAR: &str = "/backend-api/gizmos/snorlax/sidebar?conversations_per_gizmo=5";

/// The ids and names of an account's projects.
async fn projects(client: &Client) -> Vec<(String, String)> {
    let sidebar = client.get(SIDEBAR).await.json();
    let items = sidebar["items"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| {
            let project = &item["gizmo"]["gizmo"];
            (text(&project["id"]), text(&project["display"]["name"]))
        })
        .collect()
}

#[tokio::test]
async fn a_project_is_made_used_and_renamed() {
    let client = Client::new();
    let body = json!({"display": {"name": "Goats", "description": "All about goats"}, "files": []});
    let made = client.post(UPSERT, &body).await.json();
    let id = made["resource"]["gizmo"]["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("g-p-"));
    let all = projects(&client).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], (id.clone(), "Goats".to_owned()));

    let mut asked = question("hello");
    asked["conversation_mode"] = json!({"kind": "gizmo_interaction", "gizmo_id": id});
    let answer = fold(&client.converse(&asked).await.body);
    assert!(answer.answer().contains("Goats"), "{}", answer.answer());

    let renamed = json!({"gizmo_id": id, "display": {"name": "Sheep"}});
    let renamed = client.post(UPSERT, &renamed).await.json();
    assert_eq!(
        renamed["resource"]["gizmo"]["display"]["description"],
        "All about goats"
    );
    assert_eq!(projects(&client).await[2], (id, "Sheep".to_owned()));
}

#[tokio::test]
async fn a_project_is_there_for_its_account_only() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    let made = client.post(UPSERT, &json!({"name": "Goats"})).await.json();
    let id = made["resource"]["gizmo"]["id"].as_str().unwrap();
    assert_eq!(projects(&bob).await.len(), 2);
    let refused = bob.get(&format!("/backend-api/gizmos/{id}")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let refused = bob
        .post(UPSERT, &json!({"gizmo_id": id, "name": "Mine"}))
        .await;
    assert_eq!(refused.json()["detail"]["code"], "gizmo_not_found");
}

#[tokio::test]
async fn one_of_the_first_projects_is_renamed_in_its_place() {
    let client = Client::new();
    let first = projects(&client).await[0].0.clone();
    client
        .post(UPSERT, &json!({"gizmo_id": first, "name": "Renamed"}))
        .await;
    let all = projects(&client).await;
    assert_eq!((all.len(), &all[0]), (2, &(first, "Renamed".to_owned())));
    let gpt = json!({"gizmo_id": "g-simTransl", "name": "Renamed"});
    assert_eq!(
        client.post(UPSERT, &gpt).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_account_s_own_gpt_is_its_own() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    let mine = client
        .get("/public-api/gizmos/discovery/mine?limit=8")
        .await
        .json();
    let gpt = &mine["list"]["items"][0]["resource"]["gizmo"];
    assert_eq!(gpt["author"]["display_name"], "alice");
    let path = format!("/backend-api/gizmos/{}", gpt["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.json()["gizmo"], *gpt);
    assert_eq!(bob.get(&path).await.status, StatusCode::NOT_FOUND);
}
