//! Every fault of the simulator, and what the caller is told: whole, and streamed.
//!
//! "Broken" streams answer 200, then end with an error event and without `[DONE]`.

use std::collections::BTreeSet;

use simulator::TokenSpec;

use crate::support::{Reply, Setup, TestApp, question};

/// How a stream with the fault goes.
#[derive(Clone, Copy)]
enum Streamed {
    /// The same status and code as a whole answer.
    Same,
    /// 200, then this error event.
    Broken(&'static str),
    /// As if nothing had happened.
    Fine,
}

use Streamed::{Broken, Fine, Same};

/// Fault, status and code of a whole answer, and how a stream goes.
const MATRIX: &[(&str, u16, &str, Streamed)] = &[
    ("bad-request", 400, "upstream_rejected_request", Same),
    ("flagged", 400, "flagged_by_moderation", Same),
    ("invalid-jwt", 503, "no_account_available", Same),
    ("token-expired", 503, "no_account_available", Same),
    ("account-deactivated", 503, "no_account_available", Same),
    ("deactivated-workspace", 503, "no_account_available", Same),
    ("cloudflare", 403, "upstream_challenge_required", Same),
    ("cloudflare-503", 403, "upstream_challenge_required", Same),
    ("unusual-activity", 403, "upstream_challenge_required", Same),
    (
        "phone-verification",
        403,
        "upstream_challenge_required",
        Same,
    ),
    ("region", 403, "upstream_region_unsupported", Same),
    ("forbidden", 403, "account_forbidden", Same),
    (
        "conversation-not-found",
        404,
        "conversation_not_found",
        Same,
    ),
    ("model-not-found", 404, "model_not_found", Same),
    ("not-found", 404, "upstream_not_found", Same),
    ("method-not-allowed", 502, "upstream_error", Same),
    ("too-long", 413, "context_length_exceeded", Same),
    ("unprocessable", 400, "upstream_rejected_request", Same),
    ("model-cap", 429, "rate_limit_exceeded", Same),
    ("one-at-a-time", 429, "rate_limit_exceeded", Same),
    ("too-many-requests", 429, "rate_limit_exceeded", Same),
    ("rate-limit", 429, "rate_limit_exceeded", Same),
    ("rate-limit-html", 429, "rate_limit_exceeded", Same),
    ("internal-error", 502, "upstream_error", Same),
    ("bad-gateway", 502, "upstream_error", Same),
    ("overloaded", 503, "upstream_overloaded", Same),
    ("cloudflare-520", 502, "upstream_error", Same),
    ("html-200", 403, "upstream_challenge_required", Same),
    ("json-200", 502, "upstream_bad_content", Same),
    ("redirect", 502, "upstream_redirect", Same),
    ("stall", 504, "upstream_timeout", Same),
    ("reset", 502, "upstream_truncated", Same),
    ("error-first", 502, "upstream_error", Same),
    ("error-mid", 502, "upstream_error", Broken("upstream_error")),
    (
        "error-typed",
        502,
        "upstream_error",
        Broken("upstream_error"),
    ),
    ("missing-done", 200, "", Fine),
    (
        "truncated",
        502,
        "upstream_truncated",
        Broken("upstream_truncated"),
    ),
    (
        "drop",
        502,
        "upstream_truncated",
        Broken("upstream_truncated"),
    ),
    (
        "cut-character",
        502,
        "upstream_truncated",
        Broken("upstream_truncated"),
    ),
    (
        "stuck",
        502,
        "upstream_truncated",
        Broken("upstream_truncated"),
    ),
    (
        "stall-mid",
        504,
        "upstream_stalled",
        Broken("upstream_stalled"),
    ),
    ("malformed", 200, "", Fine),
    (
        "malformed-many",
        502,
        "upstream_bad_content",
        Broken("upstream_bad_content"),
    ),
    ("unknown-event", 200, "", Fine),
    ("events-after-done", 200, "", Fine),
    ("done-twice", 200, "", Fine),
    ("empty", 502, "upstream_empty_answer", Same),
    ("handoff", 200, "", Fine),
    ("handoff-poll", 200, "", Fine),
    ("handoff-gone", 502, "upstream_handed_off", Same),
    ("drop-mid", 200, "", Fine),
    ("drop-410", 200, "", Fine),
    ("rewrite", 200, "", Broken("upstream_rewrote_answer")),
    (
        "huge-line",
        502,
        "upstream_bad_content",
        Broken("upstream_bad_content"),
    ),
    ("turnstile", 403, "upstream_challenge_required", Same),
    ("arkose", 403, "upstream_challenge_required", Same),
    ("pow-hard", 403, "upstream_challenge_required", Same),
    ("force-login", 503, "no_account_available", Same),
    (
        "sentinel-cloudflare",
        403,
        "upstream_challenge_required",
        Same,
    ),
    ("flaky-once", 200, "", Fine),
    ("expired-requirements-once", 200, "", Fine),
    ("slow-first", 200, "", Fine),
];

/// A gateway whose only account has the fault.
async fn app_with(fault: &str) -> TestApp {
    let mut token = TokenSpec::new("faulty");
    token.fault = Some(fault.into());
    Setup::new()
        .accounts(vec![token])
        .set("RETRY_TIMES", "1")
        .set("FIRST_BYTE_TIMEOUT_SECONDS", "2")
        .set("IDLE_TIMEOUT_SECONDS", "2")
        .start()
        .await
}

#[test]
fn the_matrix_names_every_fault_there_is() {
    let listed: BTreeSet<&str> = MATRIX.iter().map(|row| row.0).collect();
    let known: BTreeSet<&str> = simulator::faults().iter().map(|fault| fault.name).collect();
    assert_eq!(listed, known);
}

#[tokio::test]
async fn every_fault_of_a_whole_answer_has_its_status_and_code() {
    for (fault, status, code, _) in MATRIX {
        let app = app_with(fault).await;
        let reply = app.answer("Hello").await;
        assert_eq!(reply.status, *status, "{fault}: {}", reply.text);
        if reply.status == 200 {
            assert_eq!(
                reply.json()["choices"][0]["finish_reason"],
                "stop",
                "{fault}"
            );
        } else {
            assert_eq!(reply.code(), *code, "{fault}: {}", reply.text);
            assert!(!reply.header("x-flowgpt-attempts").is_empty(), "{fault}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn every_fault_of_a_stream_has_its_status_code_and_end() {
    for (fault, status, code, streamed) in MATRIX {
        let app = app_with(fault).await;
        let mut body = question("Hello");
        body["stream"] = true.into();
        let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
        assert!(!reply.broke, "{fault}");
        match streamed {
            Same => {
                assert_eq!(reply.status, *status, "{fault}: {}", reply.text);
                assert_eq!(reply.code(), *code, "{fault}");
            }
            Fine => {
                assert_eq!(reply.status, 200, "{fault}: {}", reply.text);
                assert!(reply.is_done(), "{fault}: {}", reply.text);
                assert_eq!(reply.finish_reason(), "stop", "{fault}");
            }
            Broken(code) => {
                // A fault that comes with the very first piece is told by the status instead.
                if reply.status == 200 {
                    let last = reply.events().pop().unwrap();
                    assert_eq!(last["error"]["code"], *code, "{fault}: {}", reply.text);
                    assert_eq!(reply.finish_reason(), "", "{fault}");
                    assert!(!reply.text.contains("[DONE]"), "{fault}");
                } else {
                    assert_eq!(reply.code(), *code, "{fault}");
                }
            }
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn a_limit_says_when_it_clears() {
    for (fault, retry_after) in [
        ("model-cap", "252"),
        ("rate-limit", "3600"),
        ("overloaded", "7"),
    ] {
        let app = app_with(fault).await;
        let reply = app.answer("Hello").await;
        assert_eq!(reply.header("retry-after"), retry_after, "{fault}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_challenge_names_what_was_asked_where_and_is_never_retried() {
    for (fault, kind) in [
        ("turnstile", "turnstile"),
        ("arkose", "arkose"),
        ("pow-hard", "proof_of_work"),
        ("cloudflare", "cloudflare"),
        ("sentinel-cloudflare", "cloudflare"),
        ("unusual-activity", "unusual_activity"),
        ("phone-verification", "phone_verification"),
    ] {
        let app = app_with(fault).await;
        let reply = app.answer("Hello").await;
        assert_eq!(reply.header("x-flowgpt-challenge"), kind);
        assert_eq!(reply.header("x-flowgpt-attempts"), "1");
        let error = &reply.json()["error"];
        assert_eq!(error["challenge"], kind);
        let account = error["account"].as_str().unwrap();
        assert!(account.starts_with("plus-"), "{account}");
        assert_eq!(error["egress"], "direct");
        assert_eq!(error["driver"], "web");
        assert_eq!(error["retryable"], false);
        let docs = app.client.get(format!("{}/docs/challenges", app.url));
        let docs = Reply::read(docs.send().await.unwrap()).await;
        assert!(docs.text.contains(kind), "{kind} is not documented");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_phrase_in_the_prompt_shows_the_challenges_of_the_checks_before_it() {
    let app = TestApp::start().await;
    for (phrase, kind) in [
        ("simulate:turnstile", "turnstile"),
        ("simulate:arkose", "arkose"),
        ("simulate:pow-hard", "proof_of_work"),
        ("simulate:sentinel-cloudflare", "cloudflare"),
    ] {
        let reply = app.answer(phrase).await;
        assert_eq!(reply.header("x-flowgpt-challenge"), kind, "{}", reply.text);
        assert_eq!(app.answer("simulate:echo x").await.content(), "x");
    }
    app.stop().await;
}
