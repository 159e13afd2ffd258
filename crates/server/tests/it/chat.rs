//! Questions and answers as callers see them.

use serde_json::{Value, json};

use crate::support::{Reply, Setup, TestApp, question};

const ODD_TEXT: &str = "原样 \"back\\\" 👩‍💻 e\u{301} <b>&amp;</b>\n\n```x```  end";

#[tokio::test]
async fn text_comes_back_byte_for_byte_streamed_and_whole() {
    let app = TestApp::start().await;
    let prompt = format!("simulate:echo {ODD_TEXT}");
    assert_eq!(app.answer(&prompt).await.content(), ODD_TEXT);
    let stream = app.stream(&prompt).await;
    assert_eq!(stream.deltas("content"), ODD_TEXT);
    assert!(stream.is_done());
    assert_eq!(stream.finish_reason(), "stop");
    assert_eq!(
        stream.header("content-type"),
        "text/event-stream; charset=utf-8"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_stream_and_a_whole_answer_agree_for_every_script() {
    let app = TestApp::start().await;
    for script in simulator::script_names() {
        let prompt = format!("simulate:{script}");
        let whole = app.answer(&prompt).await.json();
        let stream = app.stream(&prompt).await;
        let message = &whole["choices"][0]["message"];
        let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
        if message["refusal"].is_null() {
            let streamed = without_tokens(&stream.deltas("content"));
            assert_eq!(streamed, without_tokens(&text("content")), "{script}");
        }
        assert_eq!(stream.deltas("refusal"), text("refusal"), "{script}");
        assert_eq!(
            stream.deltas("reasoning_content"),
            text("reasoning_content"),
            "{script}"
        );
        assert_eq!(
            stream.finish_reason(),
            whole["choices"][0]["finish_reason"],
            "{script}"
        );
    }
    app.stop().await;
}

/// A text without what differs between two answers: the tokens in its links.
fn without_tokens(text: &str) -> String {
    let mut pieces = text.split("/files/");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (_token, rest) = piece.split_once('/').unwrap_or(("", piece));
        plain.push_str("/files/");
        plain.push_str(rest);
    }
    plain
}

#[tokio::test]
async fn usage_is_the_same_streamed_and_whole_and_comes_last() {
    let app = TestApp::start().await;
    let mut body = question("simulate:echo one two three");
    let whole = Reply::read(app.ask(&body).send().await.unwrap()).await;
    body["stream"] = true.into();
    body["stream_options"] = json!({"include_usage": true});
    let stream = Reply::read(app.ask(&body).send().await.unwrap()).await;
    let events = stream.events();
    let (last, others) = events.split_last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"], whole.json()["usage"]);
    assert_eq!(last["usage"]["completion_tokens"], 3);
    assert_eq!(last["usage"]["estimated"], true);
    assert!(others.iter().all(|event| event["usage"] == Value::Null));
    assert_eq!(whole.header("x-flowgpt-usage"), "{\"estimated\":true}");
    app.stop().await;
}

#[tokio::test]
async fn limits_cut_exactly_and_end_the_request_upstream() {
    let app = TestApp::start().await;
    for stream in [false, true] {
        let mut body = question("simulate:echo one two three four five");
        body["max_tokens"] = 3.into();
        body["stream"] = stream.into();
        let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
        let text = if stream {
            reply.deltas("content")
        } else {
            reply.content()
        };
        assert_eq!(text, "one two three");
        assert!(reply.text.contains("\"finish_reason\":\"length\""));
        body["stop"] = json!([" two"]);
        let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
        let text = if stream {
            reply.deltas("content")
        } else {
            reply.content()
        };
        assert_eq!(text, "one");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_kept_conversation_tells_its_ids_and_is_continued_on_its_account() {
    let app = TestApp::start().await;
    let mut body = question("simulate:echo first");
    body["history_disabled"] = false.into();
    let first = Reply::read(app.ask(&body).send().await.unwrap())
        .await
        .json();
    let id = first["conversation_id"].as_str().unwrap().to_owned();
    for parent in [None, first["message_id"].as_str()] {
        let mut body = question("simulate:echo more");
        body["conversation_id"] = id.clone().into();
        body["stream"] = true.into();
        if let Some(parent) = parent {
            body["parent_message_id"] = parent.into();
        }
        let more = Reply::read(app.ask(&body).send().await.unwrap()).await;
        assert_eq!(more.deltas("content"), "more");
        assert!(
            more.events()
                .iter()
                .all(|event| event["conversation_id"] == id)
        );
    }
    let owners: Vec<_> = app
        .conversations()
        .iter()
        .map(|it| it.headers["authorization"].clone())
        .collect();
    assert!(owners.iter().all(|owner| *owner == owners[0]));
    app.stop().await;
}

#[tokio::test]
async fn a_temporary_chat_tells_no_ids() {
    let app = TestApp::start().await;
    let reply = app.answer("simulate:echo x").await.json();
    assert!(reply.get("conversation_id").is_none() && reply.get("message_id").is_none());
    let body: Value = serde_json::from_slice(&app.conversations()[0].body).unwrap();
    assert_eq!(body["history_and_training_disabled"], true);
    app.stop().await;
}

#[tokio::test]
async fn history_is_sent_in_its_roles_and_its_echo_is_not_part_of_the_answer() {
    let app = TestApp::start().await;
    let body = json!({"model": "gpt-5.2", "messages": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "An earlier answer."},
        {"role": "user", "content": [{"type": "text", "text": "simulate:echo now"}]},
    ]});
    let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
    assert_eq!(reply.content(), "now");
    assert_eq!(reply.header("x-flowgpt-model"), "gpt-5-2");
    let sent: Value = serde_json::from_slice(&app.conversations()[0].body).unwrap();
    let roles: Vec<&Value> = sent["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["author"]["role"])
        .collect();
    assert_eq!(json!(roles), json!(["system", "user", "assistant", "user"]));
    app.stop().await;
}

#[tokio::test]
async fn the_model_that_really_answers_is_named() {
    let app = TestApp::start().await;
    let reply = app.answer("simulate:downgrade").await;
    let model = reply.json()["model"].as_str().unwrap().to_owned();
    assert_ne!(model, "auto");
    assert_eq!(reply.header("x-flowgpt-model"), model);
    app.stop().await;
}

#[tokio::test]
async fn an_effort_is_passed_on_where_the_model_has_it_and_named_where_not() {
    let app = TestApp::start().await;
    for (model, effort, sent, dropped) in [
        ("gpt-5-2-thinking", "high", json!("extended"), ""),
        ("gpt-4o", "high", Value::Null, "reasoning_effort"),
    ] {
        let mut body = question("simulate:echo x");
        body["model"] = model.into();
        body["reasoning_effort"] = effort.into();
        let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
        assert_eq!(reply.header("x-flowgpt-dropped"), dropped);
        let last = app.conversations().pop().unwrap();
        let last: Value = serde_json::from_slice(&last.body).unwrap();
        assert_eq!(last["thinking_effort"], sent, "{model}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_silent_stream_is_kept_open_by_heart_beats() {
    let app = Setup::new()
        .set("HEARTBEAT_SECONDS", "0.05")
        .set("IDLE_TIMEOUT_SECONDS", "1.5")
        .start()
        .await;
    let reply = app.stream("simulate:stall-mid").await;
    assert!(
        reply.text.matches(": ping\n\n").count() >= 2,
        "{}",
        reply.text
    );
    let events = reply.events();
    assert_eq!(events.last().unwrap()["error"]["code"], "upstream_stalled");
    assert!(!reply.is_done());
    app.stop().await;
}
