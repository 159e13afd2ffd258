//! The platform driver against a server that a test made up.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, Method, header as names};
use serde_json::{Value, json};
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn::{Dialect, Hint, Turn};
use transcode::turn_event::TurnEvent;
use upstream::platform::{PlatformDriver, PlatformSettings};
use upstream::{Clock, Credential, Failure, FailureKind, Retry, Started};

use crate::account_facts;
use crate::asking::{
    gather, header, hello, native, natives, question, responses_events, stream, text_of,
};
use crate::server::{Script, Server, path_of};
use crate::sign_in_service::{body_of, json as json_answer};

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";

fn driver() -> Arc<PlatformDriver> {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let settings = PlatformSettings {
        egresses: Vec::new(),
        user_agent: "FlowGPT/0.0.0".to_owned(),
        connect_timeout: Duration::from_mins(1),
        first_byte_timeout: Duration::from_mins(1),
        idle_timeout: Duration::from_mins(1),
        tap: None,
    };
    PlatformDriver::new(settings, Clock::new(|| UNIX_EPOCH))
}

fn credential(server: &Server) -> Credential {
    let base = format!("http://{}/v1", server.address).parse().unwrap();
    Credential::platform("sk-canary".into(), base, "key-1", None)
}

fn chunks(text: &str) -> Vec<Value> {
    let chunk = |delta: Value, finish: Option<&str>| {
        json!({"id": "chatcmpl-1", "model": "m-1",
               "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    };
    vec![
        chunk(json!({"role": "assistant", "content": ""}), None),
        chunk(json!({"content": text}), None),
        chunk(json!({}), Some("stop")),
        json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}),
    ]
}

async fn ask(driver: &PlatformDriver, server: &Server, turn: &Turn) -> Result<Started, Failure> {
    let style = AnswerStyle::default();
    driver
        .converse(&credential(server), question(turn, &[], &style))
        .await
}

async fn chat_server() -> Server {
    Server::start(|request| match path_of(request) {
        CHAT => stream("", &chunks("Hi!")),
        _ => json_answer(404, r#"{"detail":"Not Found"}"#),
    })
    .await
}

#[tokio::test]
async fn a_turn_is_asked_in_chat_completions_with_the_key() {
    let server = chat_server().await;
    let turn = Turn {
        hints: vec![Hint::Search],
        ..hello("m")
    };
    let started = ask(&driver(), &server, &turn).await.unwrap();
    assert_eq!((&*started.slug, started.is_native), ("m", false));
    assert_eq!(started.dropped, ["web_search"]);
    let (events, failure) = gather(started.stream).await;
    assert_eq!((failure, text_of(&events)), (None, "Hi!".to_owned()));
    assert!(
        matches!(&events[events.len() - 2], TurnEvent::Usage(usage) if usage.total_tokens == 5)
    );
    let request = server.requests().pop().unwrap();
    assert_eq!(header(&request, "authorization"), Some("Bearer sk-canary"));
    assert_eq!(header(&request, "user-agent"), Some("FlowGPT/0.0.0"));
    let body: Value = serde_json::from_str(body_of(&request)).unwrap();
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": "Hello"}])
    );
    assert_eq!(body["stream_options"]["include_usage"], true);
}

#[tokio::test]
async fn a_chat_body_of_the_callers_goes_up_as_it_is() {
    let server = chat_server().await;
    let body = json!({"model": "alias", "temperature": 0.5, "top_k": 3, "messages": [7]});
    let turn = native("m", Dialect::ChatCompletions, &body);
    let started = ask(&driver(), &server, &turn).await.unwrap();
    assert!(started.is_native);
    let (events, failure) = gather(started.stream).await;
    assert_eq!((failure, natives(&events)), (None, chunks("Hi!")));
    let sent: Value = serde_json::from_str(body_of(&server.requests()[0])).unwrap();
    assert_eq!(
        sent,
        json!({"model": "m", "temperature": 0.5, "top_k": 3, "messages": [7], "stream": true,
               "stream_options": {"include_usage": true}})
    );
}

#[tokio::test]
async fn responses_are_asked_for_where_the_server_has_them() {
    let server = Server::start(|request| match path_of(request) {
        RESPONSES => stream("", &responses_events("Hi!")),
        _ => json_answer(404, "{}"),
    })
    .await;
    let body = json!({"model": "m", "input": "Hello", "unknown": 1});
    let turn = native("m", Dialect::Responses, &body);
    let started = ask(&driver(), &server, &turn).await.unwrap();
    assert!(started.is_native);
    let (events, failure) = gather(started.stream).await;
    assert_eq!((failure, natives(&events).len()), (None, 4));
    let sent: Value = serde_json::from_str(body_of(&server.requests()[0])).unwrap();
    assert_eq!(
        sent,
        json!({"model": "m", "input": "Hello", "unknown": 1, "stream": true, "store": false})
    );
}

#[tokio::test]
async fn a_server_without_responses_is_remembered_and_asked_in_chat_completions() {
    let server = chat_server().await;
    let driver = driver();
    let body = json!({"model": "m", "input": "Hello"});
    let turn = native("m", Dialect::Responses, &body);
    for _ in 0..2 {
        let started = ask(&driver, &server, &turn).await.unwrap();
        assert!(!started.is_native);
        assert_eq!(text_of(&gather(started.stream).await.0), "Hi!");
    }
    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|it| path_of(it)).collect();
    assert_eq!(paths, [RESPONSES, CHAT, CHAT]);
}

#[tokio::test]
async fn what_only_responses_have_is_named_or_refused_on_a_server_without_them() {
    let server = chat_server().await;
    let driver = driver();
    let body = json!({"model": "m", "input": "Hello", "temperature": 0.5});
    let turn = native("m", Dialect::Responses, &body);
    let started = ask(&driver, &server, &turn).await.unwrap();
    assert_eq!(started.dropped, ["temperature"]);
    let body = json!({"model": "m", "input": "Hello", "tools": [{"type": "mcp"}]});
    let turn = native("m", Dialect::Responses, &body);
    let refused = ask(&driver, &server, &turn).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.retry),
        (FailureKind::Rejected, Retry::OtherAccount)
    );
}

#[tokio::test]
async fn refusals_say_whose_fault_it_is_and_never_show_the_key() {
    for (status, body, kind, retry) in [
        (
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-canary","code":"invalid_api_key"}}"#,
            FailureKind::Unauthorized,
            Retry::OtherAccount,
        ),
        (
            404,
            r#"{"error":{"message":"no such model","code":"model_not_found"}}"#,
            FailureKind::UnknownModel(Vec::new()),
            Retry::OtherAccount,
        ),
        (
            429,
            r#"{"error":{"message":"Please try again in 20s","code":"rate_limit_exceeded"}}"#,
            FailureKind::RateLimited(Some(Duration::from_secs(20))),
            Retry::OtherAccount,
        ),
        (
            200,
            r#"{"choices":[]}"#,
            FailureKind::BadContent,
            Retry::Never,
        ),
    ] {
        let server = Server::start(move |_| json_answer(status, body)).await;
        let failure = ask(&driver(), &server, &hello("m")).await.unwrap_err();
        assert_eq!((&failure.kind, failure.retry), (&kind, retry));
        assert!(!format!("{failure:?}").contains("canary"));
    }
}

#[tokio::test]
async fn models_are_kept() {
    let server = Server::start(|_| {
        json_answer(
            200,
            r#"{"data":[{"id":"m","created":5,"owned_by":"us"},{"id":"n"},{}]}"#,
        )
    })
    .await;
    let driver = driver();
    for _ in 0..2 {
        let models = driver.models(&credential(&server)).await.unwrap();
        let ids: Vec<&str> = models.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["m", "n"]);
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn other_routes_are_handed_through() {
    let server = Server::start(|request| -> Script {
        match body_of(request) {
            "good" => json_answer(200, r#"{"data":[]}"#),
            "bad" => json_answer(400, r#"{"error":{"message":"bad"}}"#),
            _ => json_answer(429, "{}"),
        }
    })
    .await;
    let driver = driver();
    let mut headers = HeaderMap::new();
    headers.insert(
        names::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        names::AUTHORIZATION,
        HeaderValue::from_static("Bearer theirs"),
    );
    headers.insert(names::COOKIE, HeaderValue::from_static("theirs"));
    let pass = async |body: &'static str| {
        let body = Bytes::from_static(body.as_bytes());
        let credential = credential(&server);
        driver
            .pass(&credential, Method::POST, "/v1/embeddings", &headers, body)
            .await
    };
    for (sent, status, said) in [
        ("good", 200, r#"{"data":[]}"#),
        ("bad", 400, r#"{"error":{"message":"bad"}}"#),
    ] {
        let mut reply = pass(sent).await.unwrap();
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.headers[names::CONTENT_TYPE], "application/json");
        let mut body = Vec::new();
        while let Some(piece) = reply.body.next().await {
            body.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(body, said.as_bytes());
    }
    let failure = pass("busy").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited(None));
    let request = &server.requests()[0];
    assert_eq!(path_of(request), "/v1/embeddings");
    assert_eq!(header(request, "authorization"), Some("Bearer sk-canary"));
    assert_eq!(header(request, "cookie"), None);
}

#[tokio::test]
async fn a_key_goes_to_its_own_server_only() {
    let server = chat_server().await;
    let web = account_facts::driver(&format!("http://{}", server.address), &[]);
    let key = credential(&server);
    let failure = web.check_account(&key).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    let account = Credential::parse("fk-canary", "account-1").unwrap();
    let failure = driver().models(&account).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert_eq!(server.connections(), 0);
}
