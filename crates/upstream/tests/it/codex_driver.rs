//! The codex driver against a backend that a test made up.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn::{
    Attachment, AttachmentKind, AttachmentSource, Dialect, ImageDetail, Speaker, Turn, TurnMessage,
    TurnPart,
};
use transcode::turn_event::TurnEvent;
use upstream::codex::{CodexDriver, CodexSettings};
use upstream::{
    ChallengeKind, Clock, Credential, Failure, FailureKind, FileContent, FileRole, PreparedFile,
    Retry, Started,
};

use crate::asking::{gather, header, hello, native, question, responses_events, stream, text_of};
use crate::server::{Script, Server, path_of};
use crate::sign_in_service::{answer, body_of, json as json_answer, page};

const NOW: u64 = 1_764_900_000;
const RESPONSES: &str = "/backend-api/codex/responses";

fn driver(server: &Server) -> Arc<CodexDriver> {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let settings = CodexSettings {
        base_urls: vec![format!("http://{}", server.address).parse().unwrap()],
        egresses: Vec::new(),
        relay_key: None,
        user_agent: "FlowGPT/0.0.0".to_owned(),
        originator: "flowgpt".to_owned(),
        client_version: "0.144.1".to_owned(),
        connect_timeout: Duration::from_mins(1),
        first_byte_timeout: Duration::from_mins(1),
        idle_timeout: Duration::from_mins(1),
        tap: None,
    };
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(NOW));
    CodexDriver::new(settings, clock)
}

/// A sign-in whose token says which workspace it is for.
fn credential() -> Credential {
    let claims = json!({"https://api.openai.com/auth":
                        {"chatgpt_account_id": "ws-1", "chatgpt_user_id": "user-1"}});
    let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{payload}.Y2FuYXJ5");
    Credential::parse(&token, "account-1").unwrap()
}

fn mark() -> String {
    let [a, b, c, d, ..] = credential().key();
    format!("{a:02x}{b:02x}{c:02x}{d:02x}.")
}

fn models() -> Script {
    let row = |slug: &str, priority: u64| {
        json!({"slug": slug, "visibility": "list", "priority": priority,
               "supported_reasoning_levels": [{"effort": "low"}, {"effort": "high"}]})
    };
    let list = json!({"models": [row("gpt-5.2-codex", 2), row("gpt-5.2", 1)]});
    json_answer(200, &list.to_string())
}

/// A backend with models, that answers a turn as `respond` says.
async fn backend(respond: impl Fn(&str) -> Script + Send + Sync + 'static) -> Server {
    Server::start(move |request| match path_of(request) {
        "/backend-api/codex/models?client_version=0%2E144%2E1" => models(),
        RESPONSES => respond(request),
        other => json_answer(404, &json!({"detail": other}).to_string()),
    })
    .await
}

async fn ask(driver: &CodexDriver, turn: &Turn) -> Result<Started, Failure> {
    ask_with(driver, turn, &[]).await
}

async fn ask_with(
    driver: &CodexDriver,
    turn: &Turn,
    files: &[PreparedFile],
) -> Result<Started, Failure> {
    let style = AnswerStyle::default();
    driver
        .converse(&credential(), question(turn, files, &style))
        .await
}

fn asked(server: &Server) -> String {
    let requests = server.requests();
    let mut asked = requests.iter().filter(|it| path_of(it) == RESPONSES);
    asked.next_back().unwrap().clone()
}

#[tokio::test]
async fn a_turn_is_one_request_under_our_own_name() {
    let server = backend(|_| {
        let limits = "x-codex-primary-used-percent: 41.5\r\nx-codex-primary-window-minutes: 300\r\n\
                      x-codex-primary-reset-after-seconds: 60\r\n";
        stream(limits, &responses_events("Hi!"))
    })
    .await;
    let driver = driver(&server);
    let turn = Turn {
        cache_key: Some("key-1".into()),
        effort: Some(transcode::turn::Effort::Max),
        ..hello("gpt-5-2-codex")
    };
    let started = ask(&driver, &turn).await.unwrap();
    assert_eq!(started.slug, "gpt-5.2-codex");
    assert!(!started.is_native && !started.keeps_history && started.dropped.is_empty());
    let (events, failure) = gather(started.stream).await;
    assert_eq!(failure, None);
    assert_eq!(text_of(&events), "Hi!");
    let TurnEvent::Limits(limits) = &events[0] else {
        panic!("{events:?}");
    };
    let window = &limits.windows[0];
    assert_eq!(
        (window.used_percent, window.minutes, window.resets_at),
        (42, Some(300), Some(NOW + 60))
    );
    let thought = events.iter().find_map(|event| match event {
        TurnEvent::Thought(thought) => thought.sealed.clone(),
        _ => None,
    });
    assert_eq!(thought, Some(format!("{}gAAA", mark())));

    let request = asked(&server);
    for (name, value) in [
        ("originator", "flowgpt"),
        ("user-agent", "FlowGPT/0.0.0"),
        ("chatgpt-account-id", "ws-1"),
        ("session_id", "key-1"),
        ("conversation_id", "key-1"),
        ("accept", "text/event-stream"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(header(&request, name), Some(value), "{name}");
    }
    assert!(
        header(&request, "authorization")
            .unwrap()
            .starts_with("Bearer eyJ")
    );
    let body: Value = serde_json::from_str(body_of(&request)).unwrap();
    assert_eq!(body["reasoning"]["effort"], "high", "the nearest it has");
    assert_eq!(
        (&body["store"], &body["stream"], &body["instructions"]),
        (&json!(false), &json!(true), &json!(""))
    );
}

#[tokio::test]
async fn pictures_go_up_in_the_body() {
    let server = backend(|_| stream("", &responses_events("A cat."))).await;
    let attached = TurnPart::Attachment(Attachment {
        path: "messages[0].content[0]".into(),
        kind: AttachmentKind::Image(ImageDetail::High),
        source: AttachmentSource::FileId("x".into()),
        name: None,
    });
    let turn = Turn {
        messages: vec![TurnMessage {
            role: Speaker::User,
            parts: vec![attached],
            answers: None,
        }],
        ..hello("auto")
    };
    let file = PreparedFile {
        path: "messages[0].content[0]".into(),
        name: "cat.png".into(),
        mime: "image/png".into(),
        size: 2,
        role: FileRole::Image(1, 1),
        content: FileContent::Bytes(Bytes::from_static(b"hi")),
    };
    let driver = driver(&server);
    let started = ask_with(&driver, &turn, std::slice::from_ref(&file)).await;
    let started = started.unwrap();
    assert_eq!(started.slug, "gpt-5.2", "the first that is listed");
    let body: Value = serde_json::from_str(body_of(&asked(&server))).unwrap();
    let image = &body["input"][0]["content"][0];
    assert_eq!(image["image_url"], "data:image/png;base64,aGk=");
    let recording = PreparedFile {
        role: FileRole::Recording,
        ..file
    };
    let refused = ask_with(&driver, &turn, &[recording]).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.retry),
        (FailureKind::Rejected, Retry::Never)
    );
}

#[tokio::test]
async fn a_body_is_made_of_the_turn_whatever_the_callers_own_says() {
    let server = backend(|_| stream("", &responses_events("Hi!"))).await;
    let body = json!({"model": "gpt-5-2", "temperature": 1, "input": "Bye"});
    let turn = native("gpt-5-2", Dialect::Responses, &body);
    let started = ask(&driver(&server), &turn).await.unwrap();
    assert!(!started.is_native);
    assert_eq!(text_of(&gather(started.stream).await.0), "Hi!");
    let body: Value = serde_json::from_str(body_of(&asked(&server))).unwrap();
    assert_eq!(body["input"][0]["content"][0]["text"], "Hello");
    assert_eq!(body["temperature"], Value::Null);
}

#[tokio::test]
async fn refusals_say_whose_fault_it_is_and_when_it_clears() {
    let limits = "x-codex-primary-used-percent: 100\r\nx-codex-primary-reset-after-seconds: 90\r\n\
                  content-type: application/json\r\n";
    let full = r#"{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached","plan_type":"plus","resets_in_seconds":60}}"#;
    let limited = |seconds| FailureKind::RateLimited(Some(Duration::from_secs(seconds)));
    for (status, body, kind) in [
        (429, full, limited(60)),
        (429, "{}", limited(90)),
        (404, full, limited(60)),
    ] {
        let server = backend(move |_| answer(status, limits, body)).await;
        let failure = ask(&driver(&server), &hello("gpt-5.2")).await.unwrap_err();
        assert_eq!((failure.kind, failure.retry), (kind, Retry::OtherAccount));
    }
    let server = backend(|_| page(403, "<title>Just a moment...</title>")).await;
    let failure = ask(&driver(&server), &hello("gpt-5.2")).await.unwrap_err();
    let FailureKind::Challenge(challenge) = &failure.kind else {
        panic!("{failure:?}");
    };
    assert_eq!(challenge.kind, ChallengeKind::Cloudflare);
    assert_eq!(failure.retry, Retry::Never);
    let server = backend(|_| {
        json_answer(400, r#"{"detail":"The 'gpt-5.1' model is not supported when using Codex with a ChatGPT account."}"#)
    })
    .await;
    let failure = ask(&driver(&server), &hello("gpt-5.1")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.retry),
        (FailureKind::UnknownModel(Vec::new()), Retry::OtherAccount)
    );
}

#[tokio::test]
async fn an_answer_that_fails_before_it_begins_may_be_asked_again() {
    let overloaded = json!({"type": "response.failed", "response": {"error":
        {"code": "server_is_overloaded", "message": "Busy."}}});
    let begun = responses_events("Hi!");
    for (events, kind, retry, is_begun) in [
        (
            vec![begun[0].clone(), overloaded.clone()],
            FailureKind::Overloaded(None),
            Retry::AnyAccount,
            false,
        ),
        (
            vec![begun[0].clone()],
            FailureKind::Truncated,
            Retry::AnyAccount,
            false,
        ),
        (
            vec![begun[2].clone(), overloaded],
            FailureKind::Overloaded(None),
            Retry::Never,
            true,
        ),
        (
            begun[..3].to_vec(),
            FailureKind::Truncated,
            Retry::Never,
            true,
        ),
    ] {
        let server = backend(move |_| stream("", &events)).await;
        let started = ask(&driver(&server), &hello("gpt-5.2")).await.unwrap();
        let (events, failure) = gather(started.stream).await;
        let failure = failure.unwrap();
        assert_eq!((failure.kind, failure.retry), (kind, retry));
        assert_eq!(!events.is_empty(), is_begun);
    }
}

#[tokio::test]
async fn models_are_kept_and_usage_is_asked_each_time() {
    let usage = json!({"plan_type": "plus", "rate_limit": {"allowed": true,
        "primary_window": {"used_percent": 42, "limit_window_seconds": 18000, "reset_at": 5}}});
    let server = Server::start(move |request| {
        if path_of(request).starts_with("/backend-api/codex/models") {
            models()
        } else {
            json_answer(200, &usage.to_string())
        }
    })
    .await;
    let driver = driver(&server);
    for _ in 0..2 {
        let models = driver.models(&credential()).await.unwrap();
        assert_eq!(models.len(), 2);
        let usage = driver.usage(&credential()).await.unwrap();
        assert_eq!(usage.windows[0].used_percent, 42);
    }
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_model_nobody_has_is_not_asked_for() {
    let server = backend(|_| stream("", &responses_events("Hi!"))).await;
    let driver = driver(&server);
    let failure = ask(&driver, &hello("gpt-5.2-codec")).await.unwrap_err();
    let FailureKind::UnknownModel(near) = &failure.kind else {
        panic!("{failure:?}");
    };
    assert_eq!(near[0], "gpt-5.2-codex");
    assert_eq!(server.requests().len(), 1, "only the models were asked for");
}

#[tokio::test]
async fn an_upstream_without_a_list_of_models_is_sent_names_that_are_known() {
    let server = Server::start(|request| match path_of(request) {
        RESPONSES => stream("", &responses_events("Hi!")),
        _ => json_answer(404, "{}"),
    })
    .await;
    let driver = driver(&server);
    let started = ask(&driver, &hello("gpt-5-2")).await.unwrap();
    assert_eq!(started.slug, "gpt-5.2");
    let failure = ask(&driver, &hello("auto")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
}

#[tokio::test]
async fn nobody_but_an_account_that_is_signed_in_is_taken_up() {
    let server = backend(|_| stream("", &[])).await;
    let base = "https://api.example/v1".parse().unwrap();
    let key = Credential::platform("sk-canary".into(), base, "key-1", None);
    let anonymous = Credential::anonymous("anonymous", uuid::Uuid::nil(), None);
    let (turn, style) = (hello("gpt-5.2"), AnswerStyle::default());
    for credential in [key, anonymous] {
        let asked = driver(&server);
        let asked = asked.converse(&credential, question(&turn, &[], &style));
        assert_eq!(asked.await.unwrap_err().kind, FailureKind::Forbidden);
    }
    assert_eq!(server.connections(), 0);
}
