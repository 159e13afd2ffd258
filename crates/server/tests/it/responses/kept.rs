//! What is kept of responses and conversations, and for whom.

use reqwest::Method;
use serde_json::json;

use super::{ask, last, text, with};
use crate::support::{KEY, Setup, TestApp};

const OTHER_KEY: &str = "sk-other";

#[tokio::test]
async fn a_response_is_kept_gone_on_from_and_deleted() {
    let app = Setup::new().set("CONTINUITY", "false").start().await;
    let first = app.respond(&ask("echo the first answer")).await.json();
    let id = first["id"].as_str().unwrap().to_owned();
    let path = format!("responses/{id}");
    assert_eq!(app.look_at(&path).await.json(), first);
    let body = with(ask("echo second"), "previous_response_id", id.as_str());
    let second = app.respond(&with(body, "stream", true)).await;
    let second = last(&second)["response"].clone();
    assert_eq!(second["previous_response_id"], first["id"]);
    let asked = app.conversations().pop().unwrap();
    let asked = String::from_utf8(asked.body).unwrap();
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
    let asked = String::from_utf8(asked.body).unwrap();
    assert!(asked.contains("my name is Ada"));
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
