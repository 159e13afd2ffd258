//! What goes wrong at the Codex backend: streams that fail, replies in place of an answer, limits.

use std::time::Duration;

use http::StatusCode;
use simulator::{CodexUsage, TokenSpec};

use crate::client::Client;
use crate::codex::{PATH, events, names, request};

#[tokio::test]
async fn streams_fail_as_they_are_told_to() {
    let client = Client::new();
    let asked = async |fault: &str| {
        let prompt = format!("simulate:{fault} simulate:echo one two three four");
        client.post(PATH, &request(&prompt)).await
    };
    for (fault, last) in [
        ("overloaded-early", "response.failed"),
        ("overloaded-mid", "response.failed"),
        ("context-length", "response.failed"),
        ("error-event", "error"),
        ("end-early", "response.in_progress"),
        ("truncated", "response.output_text.delta"),
        ("missing-done", "response.output_item.done"),
        ("odd-splits", "response.completed"),
        ("slow-first", "response.completed"),
    ] {
        let told = events(&asked(fault).await);
        assert_eq!(names(&told).last(), Some(&last), "{fault}");
        let has_text = names(&told).contains(&"response.output_text.delta");
        assert_eq!(
            has_text,
            !matches!(fault, "overloaded-early" | "context-length" | "end-early")
        );
    }
    let early = events(&asked("overloaded-early").await);
    assert_eq!(
        early[2]["response"]["error"]["code"],
        "server_is_overloaded"
    );
    for fault in ["cut-early", "drop"] {
        let cut = asked(fault).await;
        assert!(cut.broken, "{fault}");
    }
    for (fault, word) in [
        ("keepalive", "event: keepalive\n"),
        ("unknown-event", "response.weather.report"),
        ("rate-limits-event", "event: codex.rate_limits\n"),
    ] {
        let stream = asked(fault).await;
        assert!(stream.text().contains(word), "{fault}");
        assert!(stream.text().contains("response.completed"), "{fault}");
    }
}

#[tokio::test]
async fn replies_fail_as_the_token_says() {
    let client = Client::new();
    for (fault, status, kind) in [
        ("usage-limit", 429, "usage_limit_reached"),
        ("usage-limit-404", 404, "usage_limit_reached"),
        ("usage-not-included", 429, "usage_not_included"),
        ("server-overloaded", 503, "server_error"),
        ("internal-error", 500, ""),
        ("cloudflare", 403, ""),
    ] {
        let spec = TokenSpec {
            fault: Some(fault.to_owned()),
            ..TokenSpec::new("bob")
        };
        let refused = client
            .signed_in_as(&spec)
            .post(PATH, &request("hello"))
            .await;
        assert_eq!(refused.status.as_u16(), status, "{fault}");
        assert!(refused.headers.contains_key("x-codex-primary-used-percent"));
        if !kind.is_empty() {
            assert_eq!(refused.json()["error"]["type"], kind);
        }
    }
    let once = TokenSpec {
        fault: Some("server-error-once".to_owned()),
        ..TokenSpec::new("carol")
    };
    let carol = client.signed_in_as(&once);
    let statuses = [
        carol.post(PATH, &request("hello")).await.status,
        carol.post(PATH, &request("hello")).await.status,
    ];
    assert_eq!(
        statuses,
        [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::OK]
    );
}

#[tokio::test]
async fn a_limit_is_in_the_headers_and_ends() {
    let client = Client::new();
    let usage = CodexUsage {
        primary_percent: 100.0,
        primary_resets_in: Duration::from_mins(1),
        ..CodexUsage::default()
    };
    let fine = client.post(PATH, &request("hello")).await;
    assert_eq!(fine.headers["x-codex-primary-used-percent"], "12.0");
    client.simulator.set_codex_usage("alice", usage);
    let refused = client.post(PATH, &request("hello")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["error"]["resets_in_seconds"], 60);
    assert_eq!(refused.headers["x-codex-primary-used-percent"], "100.0");
    let told = client.get("/backend-api/wham/usage").await.json();
    assert_eq!(told["rate_limit"]["limit_reached"], true);
    client.clock.pass(Duration::from_mins(1));
    assert_eq!(
        client.post(PATH, &request("hello")).await.status,
        StatusCode::OK
    );
    let spec = TokenSpec::new("bob").with_limit("codex", 30);
    let bob = client.signed_in_as(&spec);
    let refused = bob.post(PATH, &request("hello")).await;
    assert_eq!(refused.json()["error"]["resets_in_seconds"], 30);
}
