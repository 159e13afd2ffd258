//! The Responses API over a socket.

use std::time::Duration;

use axum::http::HeaderValue;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use simulator::Pace;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{ask, comparable, events, text, with};
use crate::support::{KEY, Reply, Setup, TestApp};

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A caller's end of a connection.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn connect(app: &TestApp) -> Self {
        Self::connect_as(app, KEY).await.unwrap()
    }

    async fn connect_as(app: &TestApp, key: &str) -> tungstenite::Result<Self> {
        let url = format!("{}/v1/responses", app.url.replace("http://", "ws://"));
        let mut request = url.into_client_request().unwrap();
        let credential = HeaderValue::from_str(&format!("Bearer {key}")).unwrap();
        request.headers_mut().insert("authorization", credential);
        let (socket, _) = connect_async(request).await?;
        Ok(Self(socket))
    }

    async fn say(&mut self, message: impl Into<String>) {
        self.0.send(Message::text(message.into())).await.unwrap();
    }

    /// Asks for a response.
    async fn create(&mut self, body: &Value) {
        let body = with(body.clone(), "type", "response.create");
        self.say(body.to_string()).await;
    }

    /// The next event; nothing when the connection is closed, with the code of the other side.
    async fn next(&mut self) -> Result<Value, Option<CloseCode>> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match next.expect("nothing came") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|it| it.code)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// All events of a response, up to its end or an error.
    async fn answer(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await.expect("the connection was closed");
            let kind = event["type"].as_str().unwrap().to_owned();
            events.push(event);
            let is_last = matches!(
                kind.as_str(),
                "error" | "response.completed" | "response.failed" | "response.incomplete"
            );
            if is_last {
                return events;
            }
        }
    }

    async fn ask(&mut self, body: &Value) -> Value {
        self.create(body).await;
        self.answer().await.pop().unwrap()
    }
}

#[tokio::test]
async fn events_are_those_of_a_stream_one_message_each() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app).await;
    socket.create(&ask("search")).await;
    let mut over_socket = socket.answer().await;
    assert_eq!(over_socket[0]["headers"]["x-flowgpt-driver"], "web");
    over_socket[0].as_object_mut().unwrap().remove("headers");
    let streamed = events(&app.respond(&with(ask("search"), "stream", true)).await);
    let scrubbed = |events: &[Value]| {
        let scrubbed = events.iter().map(|event| {
            let mut event = comparable(event);
            event.as_object_mut().unwrap().remove("item_id");
            event
        });
        scrubbed.collect::<Vec<_>>()
    };
    assert_eq!(scrubbed(&over_socket), scrubbed(&streamed));
    app.stop().await;
}

#[tokio::test]
async fn one_request_after_another_goes_on_from_the_one_before() {
    let app = Setup::new().set("CONTINUITY", "false").start().await;
    let mut socket = Socket::connect(&app).await;
    for is_stored in [true, false] {
        let body = with(ask("echo one"), "store", is_stored);
        let first = socket.ask(&body).await["response"].clone();
        assert_eq!(text(&first), "one");
        // The other form of the message.
        let body = with(ask("echo two"), "previous_response_id", first["id"].clone());
        let message = json!({"type": "response.create", "response": body});
        socket.say(message.to_string()).await;
        let second = socket.answer().await.pop().unwrap();
        assert_eq!(text(&second["response"]), "two");
        let request = app.conversations().pop().unwrap();
        let asked = String::from_utf8(request.body.clone()).unwrap();
        assert!(asked.contains("simulate:echo one"), "{asked}");
        let path = format!("responses/{}", first["id"].as_str().unwrap());
        let status = if is_stored { 200 } else { 404 };
        assert_eq!(app.look_at(&path).await.status, status);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_only_the_connection_remembers_is_gone_with_it() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app).await;
    let body = with(ask("echo one"), "store", false);
    let id = socket.ask(&body).await["response"]["id"].clone();
    let body = with(ask("echo two"), "previous_response_id", id);
    let mut other = Socket::connect(&app).await;
    let refused = other.ask(&body).await;
    assert_eq!(
        (
            &refused["type"],
            &refused["error"]["code"],
            &refused["status"]
        ),
        (
            &json!("error"),
            &json!("previous_response_not_found"),
            &json!(404)
        )
    );
    assert_eq!(socket.ask(&body).await["type"], "response.completed");
    app.stop().await;
}

#[tokio::test]
async fn a_request_without_an_answer_is_gone_on_from() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app).await;
    let body = json!({"model": "auto", "store": false, "generate": false, "input": []});
    let ready = socket.ask(&body).await;
    assert_eq!(ready["type"], "response.completed");
    assert_eq!(ready["response"]["output"], json!([]));
    assert!(app.conversations().is_empty(), "nobody was asked");
    let id = ready["response"]["id"].clone();
    let body = with(ask("echo on"), "previous_response_id", id);
    assert_eq!(text(&socket.ask(&body).await["response"]), "on");
    app.stop().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_served_leaves_the_connection_open() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app).await;
    for (message, code, status) in [
        ("{".to_owned(), "invalid_json", 400),
        (
            json!({"type": "session.update"}).to_string(),
            "unknown_event_type",
            400,
        ),
        (
            json!({"type": "response.create"}).to_string(),
            "invalid_value",
            400,
        ),
        (
            with(
                with(ask("echo x"), "type", "response.create"),
                "max_output_tokens",
                0,
            )
            .to_string(),
            "invalid_value",
            400,
        ),
    ] {
        socket.say(message).await;
        let refused = socket.answer().await.pop().unwrap();
        assert_eq!(refused["error"]["code"], code, "{refused}");
        assert_eq!(refused["status"], status);
    }
    socket.create(&ask("truncated")).await;
    let broken = socket.answer().await.pop().unwrap();
    assert_eq!(broken["type"], "error");
    assert_eq!(broken["status"], 502, "{broken}");
    assert_eq!(socket.next().await.unwrap()["type"], "response.failed");
    assert_eq!(
        socket.ask(&ask("echo on")).await["type"],
        "response.completed"
    );
    app.stop().await;
}

#[tokio::test]
async fn lanes_run_side_by_side_and_each_in_order() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app).await;
    let in_lane = |prompt: &str, lane: &str| with(ask(prompt), "stream_id", lane);
    socket.create(&in_lane("stall-mid", "a")).await;
    app.has_open_streams(1).await;
    socket.create(&in_lane("echo waits", "a")).await;
    socket.create(&in_lane("echo passes", "b")).await;
    let passed = loop {
        let event = socket.next().await.unwrap();
        if event["type"] == "response.completed" {
            break event;
        }
    };
    assert_eq!(passed["stream_id"], "b");
    assert_eq!(text(&passed["response"]), "passes");
    assert_eq!(app.conversations().len(), 2, "the third waits");
    drop(socket);
    app.stop().await;
}

#[tokio::test]
async fn closing_the_connection_ends_the_answer_upstream_unless_it_is_in_the_background() {
    let app = TestApp::start().await;
    let mut socket = Socket::connect(&app).await;
    socket.create(&ask("stall-mid")).await;
    app.has_open_streams(1).await;
    drop(socket);
    app.becomes_quiet().await;
    let mut socket = Socket::connect(&app).await;
    socket
        .create(&with(ask("echo alone"), "background", true))
        .await;
    let queued = socket.next().await.unwrap();
    assert_eq!(queued["response"]["status"], "queued");
    drop(socket);
    let id = queued["response"]["id"].as_str().unwrap();
    assert_eq!(text(&app.becomes(id, "completed").await), "alone");
    app.stop().await;
}

#[tokio::test]
async fn a_stop_closes_connections_after_their_answers() {
    let setup = Setup::new().simulate(|it| it.pace = Pace::Every(Duration::from_millis(20)));
    let app = setup.start().await;
    let mut idle = Socket::connect(&app).await;
    let mut socket = Socket::connect(&app).await;
    socket.create(&ask("echo one two three four five")).await;
    let first = socket.next().await.unwrap();
    assert_eq!(first["type"], "response.created");
    app.stop_softly();
    assert_eq!(idle.next().await, Err(Some(CloseCode::Away)));
    let last = socket.answer().await.pop().unwrap();
    assert_eq!(text(&last["response"]), "one two three four five");
    assert_eq!(socket.next().await, Err(Some(CloseCode::Away)));
    app.stop().await;
}

#[tokio::test]
async fn who_may_not_call_or_asks_for_no_socket_is_told_before_there_is_one() {
    let app = Setup::new()
        .set("BODY_LIMIT_BYTES", "1048576")
        .start()
        .await;
    let Err(tungstenite::Error::Http(refused)) = Socket::connect_as(&app, "sk-wrong").await else {
        panic!("it was let in");
    };
    assert_eq!(refused.status(), 401);
    let plain = app.call_as(KEY, reqwest::Method::GET, "responses").send();
    let plain = Reply::read(plain.await.unwrap()).await;
    assert_eq!(
        (plain.status, plain.code().as_str()),
        (426, "upgrade_required")
    );
    let mut socket = Socket::connect(&app).await;
    socket.say("x".repeat((1 << 20) + 1)).await;
    assert_eq!(socket.next().await, Err(Some(CloseCode::Size)));
    app.stop().await;
}
