//! Chats: trees of kept responses that only their owner sees.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Browser, id, sent};
use crate::support::{KEY, Setup, TestApp};

fn title(chat: &Value) -> &str {
    chat["title"].as_str().unwrap()
}

#[tokio::test]
async fn a_chat_is_a_tree_of_what_was_asked() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let made = browser.chat(&json!({})).await;
    assert!(id(&made).starts_with("chat_"), "{made}");
    assert_eq!(
        (title(&made), &made["leaf"], &made["running"]),
        ("", &Value::Null, &Value::Null)
    );
    let chat = id(&made);
    let first = browser.ask(chat, "echo one", None).await;
    let second = browser.ask(chat, "echo two", Some(id(&first))).await;
    let branch = browser.ask(chat, "echo three", Some(id(&first))).await;
    let read = browser.read(chat).await.json();
    let shown = &read["chat"];
    assert_eq!(title(shown), "simulate:echo one");
    assert_eq!(shown["leaf"], branch["id"]);
    assert_eq!(shown["model"], first["model"]);
    let turns = read["turns"].as_array().unwrap();
    let asked = [(&first, "one"), (&second, "two"), (&branch, "three")];
    assert_eq!(turns.len(), asked.len());
    for (turn, (response, word)) in turns.iter().zip(asked) {
        let path = format!("/v1/responses/{}", id(response));
        assert_eq!(turn["response"], browser.get(&path).await.json());
        let input = turn["input"].as_array().unwrap();
        assert_eq!(input.len(), 1, "only what is new: {input:?}");
        let text = format!("simulate:echo {word}");
        assert_eq!(input[0]["content"][0]["text"], text);
    }
    assert_eq!(turns[2]["response"]["previous_response_id"], first["id"]);
    let listed = browser.get("/api/chats").await.json();
    assert_eq!(listed, json!({"chats": [shown], "next": null}));
    app.stop().await;
}

#[tokio::test]
async fn nobody_gets_at_the_chats_of_another() {
    let app = TestApp::start().await;
    let one = Browser::signed_in(&app, "word one").await;
    let two = Browser::signed_in(&app, "word two").await;
    let chat = one.chat(&json!({"title": "secret"})).await;
    let chat = id(&chat);
    let answer = one.ask(chat, "echo hi", None).await;
    let path = format!("/api/chats/{chat}");
    let nowhere = "/api/chats/chat_nowhere";
    for (method, end, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"title": "mine"}))),
        (Method::PATCH, "", Some(json!({"leaf": answer["id"]}))),
        (Method::DELETE, "", None),
        (Method::POST, "/restore", None),
    ] {
        let theirs = format!("{path}{end}");
        let none = format!("{nowhere}{end}");
        let theirs = two.send(method.clone(), &theirs, body.as_ref()).await;
        let none = two.send(method.clone(), &none, body.as_ref()).await;
        assert_eq!(theirs.status, 404, "{method} {end}: {}", theirs.text);
        assert_eq!(theirs.text, none.text, "{method} {end}");
    }
    let seen = app.conversations().len();
    let body = json!({"model": "auto", "input": "simulate:echo hi"});
    let request = two.request(Method::POST, "/v1/responses");
    let request = request.header("x-flowgpt-chat", chat).json(&body);
    let reply = sent(request).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (404, "chat_not_found")
    );
    assert_eq!(app.conversations().len(), seen, "upstream was asked");
    for path in ["/api/chats", "/api/chats?query=secret"] {
        let listed = two.get(path).await.json();
        assert_eq!(listed["chats"], json!([]), "{path}");
    }
    assert_eq!(one.read(chat).await.json()["chat"]["title"], "secret");
    app.stop().await;
}

#[tokio::test]
async fn an_answer_goes_on_without_its_browser_and_is_watched_again() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let chat = browser.chat(&json!({})).await;
    let chat = id(&chat);
    let body = json!({
        "model": "auto", "input": "simulate:long", "background": true, "stream": true,
    });
    let request = browser.request(Method::POST, "/v1/responses");
    let request = request.header("x-flowgpt-chat", chat).json(&body);
    let mut stream = request.send().await.unwrap();
    stream.chunk().await.unwrap().unwrap();
    let running = browser.read(chat).await.json();
    let response = running["chat"]["leaf"].as_str().unwrap().to_owned();
    assert_eq!(running["turns"][0]["input"].as_array().unwrap().len(), 1);
    drop(stream);
    let path = format!("/v1/responses/{response}?stream=true&starting_after=0");
    let rest = browser.get(&path).await;
    assert!(rest.text.contains("response.completed"), "{}", rest.text);
    assert!(!rest.text.contains("\"sequence_number\":0,"));
    let after = browser.read(chat).await.json();
    assert_eq!(after["chat"]["running"], Value::Null);
    assert_eq!(after["turns"][0]["response"]["status"], "completed");
    app.stop().await;
}

#[tokio::test]
async fn what_runs_is_named_and_can_be_stopped() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let chat = browser.chat(&json!({})).await;
    let chat = id(&chat);
    let body = json!({"model": "auto", "input": "simulate:stall-mid", "background": true});
    let request = browser.request(Method::POST, "/v1/responses");
    let request = request.header("x-flowgpt-chat", chat).json(&body);
    let begun = sent(request).await.json();
    let listed = browser.get("/api/chats").await.json();
    assert_eq!(listed["chats"][0]["running"], begun["id"]);
    let path = format!("/v1/responses/{}/cancel", id(&begun));
    let stopped = browser.send(Method::POST, &path, Some(&json!({}))).await;
    assert_eq!(stopped.json()["status"], "cancelled");
    let read = browser.read(chat).await.json();
    assert_eq!(read["chat"]["running"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn a_chat_is_renamed_pinned_and_put_away() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let chat = browser.chat(&json!({"title": name, "model": "auto"})).await;
        ids.push(id(&chat).to_owned());
    }
    let change = async |chat: &str, body: Value| {
        let path = format!("/api/chats/{chat}");
        browser.send(Method::PATCH, &path, Some(&body)).await
    };
    let renamed = change(&ids[0], json!({"title": "first", "is_pinned": true})).await;
    assert_eq!((renamed.status, title(&renamed.json())), (200, "first"));
    change(&ids[1], json!({"is_archived": true})).await;
    let titles = async |query: &str| {
        let listed = browser.get(&format!("/api/chats{query}")).await.json();
        let chats = listed["chats"].as_array().unwrap().clone();
        let titles: Vec<_> = chats.iter().map(|it| title(it).to_owned()).collect();
        (titles, listed["next"].as_str().map(str::to_owned))
    };
    assert_eq!(titles("").await.0, ["first", "c"]);
    assert_eq!(titles("?archived=true").await.0, ["b"]);
    let (page, next) = titles("?limit=1").await;
    assert_eq!(page, ["first"]);
    let (page, next) = titles(&format!("?limit=1&before={}", next.unwrap())).await;
    assert_eq!((page, next), (vec!["c".to_owned()], None));
    for body in [
        json!({"title": ""}),
        json!({"title": "a\nb"}),
        json!({"title": "a".repeat(201)}),
        json!({"is_pinned": "yes"}),
    ] {
        assert_eq!(change(&ids[0], body.clone()).await.status, 400, "{body}");
    }
    let elsewhere = change(&ids[0], json!({"leaf": "resp_nowhere"})).await;
    assert_eq!(elsewhere.json()["error"]["param"], "leaf");
    for query in ["?limit=0", "?limit=101", "?limit=x", "?before=x"] {
        let reply = browser.get(&format!("/api/chats{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_chat_comes_back_within_a_minute_and_then_is_gone_for_good() {
    let folder = TempDir::new().unwrap();
    let app = Setup::new().in_folder(&folder).start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let chat = browser.chat(&json!({})).await;
    let chat = id(&chat).to_owned();
    let answer = browser.ask(&chat, "echo hi", None).await;
    let path = format!("/api/chats/{chat}");
    let restore = format!("{path}/restore");
    let deleted = browser.send(Method::DELETE, &path, None).await;
    assert!(deleted.json()["undo_until"].is_i64(), "{}", deleted.text);
    assert_eq!(browser.read(&chat).await.status, 404);
    let again = browser.send(Method::DELETE, &path, None).await;
    assert_eq!(again.status, 404);
    let restored = browser.send(Method::POST, &restore, None).await;
    assert_eq!(restored.status, 200, "{}", restored.text);
    assert_eq!(
        browser.read(&chat).await.json()["chat"]["leaf"],
        answer["id"]
    );
    browser.send(Method::DELETE, &path, None).await;
    let cookie = browser.cookie.clone();
    app.stop().await;

    let later = Setup::new()
        .in_folder(&folder)
        .later(Duration::from_mins(2));
    let app = later.start().await;
    let mut browser = Browser::new(&app);
    browser.cookie = cookie;
    let late = browser.send(Method::POST, &restore, None).await;
    assert_eq!(late.status, 404, "{}", late.text);
    let path = format!("/v1/responses/{}", id(&answer));
    let gone = async {
        while browser.get(&path).await.status != 404 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), gone).await;
    waited.expect("it was never removed");
    app.stop().await;
}

#[tokio::test]
async fn chats_are_found_by_their_titles_and_by_what_was_said() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let titled = browser.chat(&json!({"title": "Needles and pins"})).await;
    let asked = browser.chat(&json!({"title": "other"})).await;
    let haystack = "echo where is the NEEDLE now";
    browser.ask(id(&asked), haystack, None).await;
    browser.chat(&json!({"title": "nothing"})).await;
    let found = browser.get("/api/chats?query=needle").await.json();
    let mut hits: Vec<_> = found["chats"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (id(it), it["snippet"].as_str().unwrap()))
        .collect();
    hits.sort_unstable_by_key(|hit| hit.1);
    assert_eq!(
        hits,
        [
            (id(&titled), "Needles and pins"),
            (id(&asked), "where is the NEEDLE now"),
        ]
    );
    assert_eq!(found["next"], Value::Null);
    let first = browser.get("/api/chats?query=needle&limit=1").await.json();
    let next = first["next"].as_str().unwrap();
    let second = format!("/api/chats?query=needle&limit=1&before={next}");
    let second = browser.get(&second).await.json();
    assert_eq!(second["chats"].as_array().unwrap().len(), 1);
    assert_ne!(second["chats"][0]["id"], first["chats"][0]["id"]);
    let none = browser.get("/api/chats?query=haystack").await.json();
    assert_eq!(none["chats"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_response_of_a_chat_is_kept() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let chat = browser.chat(&json!({})).await;
    let body = json!({"model": "auto", "input": "simulate:echo hi", "store": false});
    let request = browser.request(Method::POST, "/v1/responses");
    let request = request.header("x-flowgpt-chat", id(&chat)).json(&body);
    let reply = sent(request).await;
    assert_eq!(reply.status, 400, "{}", reply.text);
    assert_eq!(reply.json()["error"]["param"], "store");
    app.stop().await;
}
