//! Every fault, as a client meets it.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use simulator::{TokenSpec, faults};
use tokio::time::timeout;

use crate::client::{Client, Gathered, gather, question};
use crate::fold::{events, fold};

/// The status a fault's summary names, if it is one that answers.
fn named_status(summary: &str) -> Option<StatusCode> {
    let number = summary.split(':').next().unwrap();
    number
        .parse::<u16>()
        .ok()
        .map(|status| StatusCode::from_u16(status).unwrap())
}

/// Asks with a fault in the prompt; the reply may go silent, then what came so far is lost.
async fn ask(client: &Client, fault: &str, v1: bool) -> Option<Gathered> {
    let mut body = question(&format!("simulate:{fault}"));
    if !v1 {
        body["supported_encodings"] = json!([]);
    }
    timeout(Duration::from_secs(20), client.converse(&body))
        .await
        .ok()
}

/// The replies in the delta encoding and in the cumulative one.
async fn in_both(client: &Client, fault: &str) -> Vec<Gathered> {
    let mut replies = Vec::new();
    for v1 in [true, false] {
        replies.push(ask(client, fault, v1).await.unwrap());
    }
    replies
}

#[tokio::test(start_paused = true)]
async fn every_fault_answers_with_the_status_it_names() {
    for fault in faults() {
        let client = Client::new();
        let reply = ask(&client, fault.name, true).await;
        match (named_status(fault.summary), reply) {
            (Some(status), Some(reply)) => assert_eq!(reply.status, status, "{}", fault.name),
            (None, reply) => assert!(reply.is_none_or(|reply| reply.broken), "{}", fault.name),
            (Some(_), None) => assert_eq!(fault.name, "stall-mid"),
        }
        assert_eq!(client.simulator.open_streams(), 0, "{}", fault.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_may_carry_a_fault() {
    let client = Client::new();
    for fault in faults().iter().filter(|fault| !is_sentinel(fault.name)) {
        let spec = TokenSpec {
            fault: Some(fault.name.to_owned()),
            ..TokenSpec::new(fault.name)
        };
        let troubled = client.signed_in_as(&spec);
        assert_eq!(troubled.get("/backend-api/me").await.status, StatusCode::OK);
        let reply = timeout(Duration::from_secs(20), troubled.ask("hi"))
            .await
            .ok();
        if let (Some(status), Some(reply)) = (named_status(fault.summary), reply) {
            assert_eq!(reply.status, status, "{}", fault.name);
        }
    }
}

fn is_sentinel(name: &str) -> bool {
    [
        "turnstile",
        "arkose",
        "pow-hard",
        "force-login",
        "sentinel-cloudflare",
    ]
    .contains(&name)
}

#[tokio::test]
async fn a_header_asks_for_a_fault_on_any_path() {
    let client = Client::new();
    let get = async |fault: &str| {
        let headers = [("x-simulator-fault", fault)];
        gather(client.send("GET", "/backend-api/me", &headers, None).await).await
    };
    let overloaded = get("overloaded").await;
    assert_eq!(overloaded.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(overloaded.headers["retry-after"], "7");
    assert!(get("reset").await.broken);
    assert_eq!(get("nonsense").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(get("drop").await.status, StatusCode::OK);
    client.always_send("x-simulator-fault", "turnstile");
    assert_eq!(client.ask("hi").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_header_on_the_conversation_call_alone_is_enough() {
    let client = Client::new();
    for (fault, status) in [
        ("turnstile", 403),
        ("model-cap", 429),
        ("flaky-once", 500),
        ("drop", 200),
    ] {
        let token = client.requirements().await;
        let headers = [
            ("openai-sentinel-chat-requirements-token", token.as_str()),
            ("x-simulator-fault", fault),
        ];
        let path = "/backend-api/conversation";
        let reply = client
            .send("POST", path, &headers, Some(&question("hi")))
            .await;
        assert_eq!(reply.status().as_u16(), status, "{fault}");
    }
}

#[tokio::test]
async fn flaky_accounts_fail_once() {
    for fault in ["flaky-once", "expired-requirements-once"] {
        let client = Client::new();
        let spec = TokenSpec {
            fault: Some(fault.to_owned()),
            ..TokenSpec::new("flaky")
        };
        let flaky = client.signed_in_as(&spec);
        assert_ne!(flaky.ask("hi").await.status, StatusCode::OK);
        assert_eq!(flaky.ask("hi").await.status, StatusCode::OK);
        assert_eq!(flaky.ask("hi").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn faults_that_leave_the_answer_whole() {
    let client = Client::new();
    for fault in [
        "malformed",
        "malformed-many",
        "unknown-event",
        "events-after-done",
        "done-twice",
        "huge-line",
        "missing-done",
    ] {
        for reply in in_both(&client, fault).await {
            let folded = fold(&reply.body);
            assert!(folded.answer().contains("> simulate:"), "{fault}");
            assert_eq!(
                folded.messages.last().unwrap()["status"],
                "finished_successfully",
                "{fault}"
            );
            assert_eq!(folded.done, fault != "missing-done", "{fault}");
            let broken = match fault {
                "malformed" => 1,
                "malformed-many" => 10,
                _ => 0,
            };
            assert_eq!(folded.broken, broken, "{fault}");
            let after = events(&reply.body)
                .into_iter()
                .rev()
                .take_while(|(_, data)| data != "[DONE]");
            assert_eq!(after.count() == 2, fault == "events-after-done", "{fault}");
        }
    }
}

#[tokio::test]
async fn streams_that_break_off() {
    let client = Client::new();
    for (fault, broken) in [("truncated", false), ("drop", true)] {
        for reply in in_both(&client, fault).await {
            let folded = fold(&reply.body);
            assert_eq!(reply.broken, broken, "{fault}");
            assert!(!folded.done && !folded.answer().is_empty());
            assert!(!folded.types().contains(&"message_stream_complete"));
        }
    }
    for reply in in_both(&client, "cut-character").await {
        let error = std::str::from_utf8(&reply.body).unwrap_err();
        assert_eq!(error.error_len(), None, "the bytes end inside a character");
    }
}

#[tokio::test]
async fn streams_that_report_an_error() {
    let client = Client::new();
    for reply in in_both(&client, "error-first").await {
        let folded = fold(&reply.body);
        assert!(folded.messages.is_empty() && folded.done);
        assert_eq!(folded.typed[0]["message"], Value::Null);
        assert!(folded.typed[0]["error"].is_string());
    }
    for reply in in_both(&client, "error-mid").await {
        let folded = fold(&reply.body);
        assert!(reply.text().contains(r#""error_code":"server_error""#));
        assert!(!folded.answer().is_empty() && folded.done);
        assert_eq!(folded.messages.last().unwrap()["status"], "in_progress");
    }
    for reply in in_both(&client, "error-typed").await {
        let folded = fold(&reply.body);
        assert_eq!(folded.types().last(), Some(&"error"));
        assert!(!folded.answer().is_empty() && folded.done);
    }
}

#[tokio::test]
async fn streams_without_a_finished_answer() {
    let client = Client::new();
    for reply in in_both(&client, "stuck").await {
        let folded = fold(&reply.body);
        assert_eq!(folded.messages.last().unwrap()["status"], "in_progress");
        assert!(folded.done && !folded.types().contains(&"message_stream_complete"));
    }
    for reply in in_both(&client, "empty").await {
        let folded = fold(&reply.body);
        assert!(folded.answer().is_empty() && folded.done);
    }
    for reply in in_both(&client, "handoff").await {
        let folded = fold(&reply.body);
        assert!(folded.answer().is_empty() && folded.done);
        assert!(folded.types().contains(&"stream_handoff"));
        let id = folded.typed[0]["conversation_id"].as_str().unwrap();
        let stored = client.simulator.conversation(id).unwrap();
        let current = stored["current_node"].as_str().unwrap();
        assert_eq!(stored["mapping"][current]["message"]["end_turn"], true);
    }
}

#[tokio::test]
async fn a_rewritten_text_ends_the_same_in_both_encodings() {
    let client = Client::new();
    let replies = in_both(&client, "rewrite").await;
    let texts: Vec<_> = replies
        .iter()
        .map(|reply| fold(&reply.body).answer().to_owned())
        .collect();
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].starts_with("Let me put that differently."));
}

#[tokio::test(start_paused = true)]
async fn waiting() {
    let client = Client::new();
    let started = tokio::time::Instant::now();
    ask(&client, "slow-first", true).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    for fault in ["stall", "stall-mid"] {
        assert!(ask(&client, fault, true).await.is_none(), "{fault}");
        assert_eq!(client.simulator.open_streams(), 0);
    }
}
