//! Conversations of people who share an account: the stream byte for byte, lists of what is one's
//! own, changes, and what ends an answer.

use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};

use upstream::{ResponseTap, TappedRequest, TrafficTap};

use super::{ALICE, BOB, asked, converse, get, message, post, sent, setup, since, things_of};
use crate::support::{KEY, Reply};

/// Keeps what upstream answers to messages.
#[derive(Debug, Default, Clone)]
struct Kept(Arc<Mutex<Vec<u8>>>);

/// One answer that is kept, if it is to a message.
struct KeptAnswer(Option<Kept>);

impl TrafficTap for Kept {
    fn begin(&self, request: &TappedRequest<'_>) -> Box<dyn ResponseTap> {
        let is_message = request.url.path().ends_with("/conversation");
        Box::new(KeptAnswer(is_message.then(|| self.clone())))
    }
}

impl ResponseTap for KeptAnswer {
    fn head(&mut self, _status: u16, _headers: &http::HeaderMap) {}

    fn piece(&mut self, bytes: &[u8]) {
        if let Some(kept) = &self.0 {
            kept.0.lock().unwrap().extend_from_slice(bytes);
        }
    }

    fn end(&mut self, _is_whole: bool) {}
}

#[tokio::test]
async fn the_stream_comes_through_byte_for_byte() {
    let kept = Kept::default();
    let app = setup().watched_by(Arc::new(kept.clone())).start().await;
    for script in ["chinese", "code", "image", "memory", "canvas"] {
        kept.0.lock().unwrap().clear();
        let body = message(&format!("simulate:{script}"));
        let through = post(&app, ALICE, "/backend-api/f/conversation", &body).await;
        assert_eq!(through.status, 200, "{}", through.text);
        assert!(
            through
                .header("content-type")
                .starts_with("text/event-stream")
        );
        let upstream = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(
            through.text == upstream,
            "{script}: {}\n---\n{upstream}",
            through.text
        );
        assert!(upstream.contains("[DONE]"), "{script}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_somebody_writes_comes_back_as_they_wrote_it() {
    let app = setup().start().await;
    let text = "ChatGPT at https://chatgpt.com and cdn.oaistatic.com says FP() datadoghq.com: \
         Bearer eyJhbGciOiJub25lIn0.e30.x sk-abcdefghijklmnop \u{2028}\u{1F600} \"quoted\" \\n";
    let (conversation, _) = converse(&app, ALICE, &message(&format!("simulate:echo {text}"))).await;
    let path = format!("/backend-api/conversation/{conversation}");
    let stored = get(&app, ALICE, &path).await;
    let upstream = app.simulator.conversation(&conversation).unwrap();
    let texts = |document: &Value| {
        let nodes = document["mapping"].as_object().unwrap().values();
        let parts = nodes.filter_map(|it| it["message"]["content"]["parts"].as_array());
        let parts = parts.flatten().filter_map(Value::as_str).map(str::to_owned);
        let mut parts: Vec<String> = parts.filter(|it| it.contains("FP()")).collect();
        parts.sort();
        parts
    };
    let shown = texts(&stored.json());
    assert_eq!(shown, texts(&upstream));
    assert!(shown.iter().any(|it| it.contains(text)), "{shown:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_list_has_what_is_ones_own_with_right_totals() {
    let app = setup().start().await;
    let mut own = Vec::new();
    for number in 0..3 {
        let (id, _) = converse(&app, ALICE, &message(&format!("alice {number}"))).await;
        own.push(id);
    }
    for number in 0..2 {
        converse(&app, BOB, &message(&format!("bob {number}"))).await;
    }
    for (who, total) in [(ALICE, 3), (BOB, 2), ("carol", 0)] {
        let list = get(&app, who, "/backend-api/conversations?offset=0&limit=2").await;
        let list = list.json();
        assert_eq!(list["total"], total, "{list}");
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), total.min(2), "{list}");
    }
    let rest = get(&app, ALICE, "/backend-api/conversations?offset=2&limit=2").await;
    let rest = rest.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    let id = rest["items"][0]["id"].as_str().unwrap();
    assert!(own.iter().any(|it| it == id));
    for bad in [
        "offset=-1",
        "limit=x",
        "limit=99999999999999999999",
        "is_archived=2",
    ] {
        let path = format!("/backend-api/conversations?{bad}");
        assert_eq!(get(&app, ALICE, &path).await.status, 400, "{bad}");
    }
    let far = get(
        &app,
        ALICE,
        "/backend-api/conversations?offset=1000000&limit=1",
    )
    .await;
    assert_eq!(far.json()["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_title_the_archive_and_the_end_of_a_conversation_are_seen_in_the_list() {
    let app = setup().start().await;
    let (id, _) = converse(&app, ALICE, &message("hello")).await;
    let path = format!("/backend-api/conversation/{id}");
    let change = async |body: Value| -> Reply {
        sent(asked(&app, ALICE, Method::PATCH, &path).json(&body)).await
    };
    let list = async |query: &str| {
        let path = format!("/backend-api/conversations?{query}");
        get(&app, ALICE, &path).await.json()
    };
    assert_eq!(change(json!({"title": "Mine"})).await.status, 200);
    assert_eq!(list("").await["items"][0]["title"], "Mine");
    assert_eq!(app.simulator.conversation(&id).unwrap()["title"], "Mine");
    assert_eq!(change(json!({"is_archived": true})).await.status, 200);
    assert_eq!(list("").await["total"], 0);
    assert_eq!(list("is_archived=true").await["total"], 1);
    // A project is the account's own, and so is whatever else upstream may learn to change.
    for body in [
        json!({"gizmo_id": "g-p-1"}),
        json!({"is_public": true}),
        json!({}),
    ] {
        let refused = change(body.clone()).await;
        assert!(
            matches!(refused.status, 400 | 404),
            "{body}: {}",
            refused.text
        );
    }
    assert_eq!(change(json!({"is_visible": false})).await.status, 200);
    assert_eq!(list("is_archived=true").await["total"], 0);
    let everything = json!({"is_visible": false});
    let all = asked(&app, ALICE, Method::PATCH, "/backend-api/conversations").json(&everything);
    assert_eq!(sent(all).await.status, 403);
    app.stop().await;
}

#[tokio::test]
async fn shared_links_are_listed_for_whoever_made_them() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let path = "/backend-api/shared_conversations?order=created&limit=50&offset=0";
    let list = get(&app, ALICE, path).await.json();
    assert_eq!(list["total"], 1, "{list}");
    assert_eq!(list["items"][0]["id"], *alice.share);
    assert_eq!(get(&app, BOB, path).await.json()["total"], 0);
    let share = format!("/backend-api/share/{}", alice.share);
    let gone = sent(asked(&app, ALICE, Method::DELETE, &share)).await;
    assert!(gone.status < 300, "{}", gone.text);
    assert_eq!(get(&app, ALICE, path).await.json()["total"], 0);
    app.stop().await;
}

#[tokio::test]
async fn the_gateway_does_itself_what_upstream_demands_and_says_so() {
    let app = setup().start().await;
    let before = app.simulator.recorded().len();
    for path in ["", "/prepare", "/finalize"] {
        let path = format!("/backend-api/sentinel/chat-requirements{path}");
        let answer = post(&app, ALICE, &path, &json!({"p": "gAAAAAC"}))
            .await
            .json();
        assert_eq!(answer["answered_by"], "flowgpt");
        assert_eq!(answer["turnstile"]["required"], false);
    }
    assert_eq!(since(&app, before).len(), 0);
    converse(&app, ALICE, &message("hello")).await;
    let seen = since(&app, before);
    let sent = seen.iter().find(|it| it.path.ends_with("/f/conversation"));
    let token = "openai-sentinel-chat-requirements-token";
    assert!(sent.unwrap().headers.contains_key(token));
    app.stop().await;
}

#[tokio::test]
async fn a_challenge_is_told_to_the_page_with_its_reason() {
    let mut owner = simulator::TokenSpec::new("owner");
    owner.fault = Some("turnstile".to_owned());
    let app = setup().accounts(vec![owner]).start().await;
    let body = message("hello");
    let refused = post(&app, ALICE, "/backend-api/f/conversation", &body).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(refused.code(), "upstream_challenge_required");
    let detail = &refused.json()["detail"];
    assert_eq!(detail["code"], "upstream_challenge_required", "{detail}");
    app.stop().await;
}

#[tokio::test]
async fn an_operator_may_have_every_chat_a_temporary_one() {
    let app = setup()
        .set("FORCE_NO_HISTORY", "true")
        .set("X_SIGN", "ours")
        .start()
        .await;
    let reply = post(&app, ALICE, "/backend-api/conversation", &message("hello")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("x-sign"), "ours");
    let seen = app.conversations();
    let body: Value = serde_json::from_slice(&seen.last().unwrap().body).unwrap();
    assert_eq!(body["history_and_training_disabled"], true);
    let list = get(&app, ALICE, "/backend-api/conversations").await.json();
    assert_eq!(list["total"], 0);
    app.stop().await;
}

#[tokio::test]
async fn an_answer_ends_soon_after_the_key_behind_it() {
    let app = setup()
        .simulate(|options| {
            options.pace = simulator::Pace::Every(std::time::Duration::from_millis(100));
        })
        .start()
        .await;
    let body = message("simulate:long");
    let request = asked(&app, ALICE, Method::POST, "/backend-api/f/conversation");
    let mut response = request.json(&body).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    let removed = asked(&app, KEY, Method::DELETE, "/seedtoken").json(&json!({"seed": ALICE}));
    assert_eq!(sent(removed).await.status, 200);
    let rest = Reply::read(response).await;
    assert!(rest.text.contains("credential_revoked"), "{}", rest.text);
    assert!(!rest.text.contains("[DONE]"));
    app.stop().await;
}

#[tokio::test]
async fn what_is_sent_twice_in_one_body_is_read_as_it_was_checked() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let bob = things_of(&app, BOB).await;
    let before = app.simulator.recorded().len();
    let mut body = message("x").to_string();
    body.pop();
    let text = format!(
        "{body},\"conversation_id\":\"{}\",\"conversation_id\":\"{}\"}}",
        alice.conversation, bob.conversation
    );
    let request = asked(&app, BOB, Method::POST, "/backend-api/f/conversation");
    let request = request
        .header("content-type", "application/json")
        .body(text);
    sent(request).await;
    for seen in since(&app, before) {
        let body = std::str::from_utf8(&seen.body).unwrap();
        assert!(!body.contains(&alice.conversation), "{body}");
    }
    app.stop().await;
}
