//! The socket of an account that several people share: each hears what is theirs, and nobody what
//! is not.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt, StreamExt};
use http::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{ALICE, BOB, asked, converse, get, message, sent, setup};
use crate::support::{KEY, TestApp};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

async fn address(app: &TestApp, who: &str) -> String {
    let told = get(app, who, "/backend-api/celsius/ws/user").await;
    assert_eq!(told.status, 200, "{}", told.text);
    let address = told.json()["websocket_url"].as_str().unwrap().to_owned();
    nothing_is_readable(&address);
    assert!(
        address.starts_with(&app.url.replacen("http", "ws", 1)),
        "{address}"
    );
    address
}

/// Upstream's address is a key to all of the account: whoever shares it must not read it.
fn nothing_is_readable(address: &str) {
    let token = address.rsplit('/').next().unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    for word in [&b"verify"[..], b"/p24/", b"ws://"] {
        assert!(!bytes.windows(word.len()).any(|it| it == word), "{word:?}");
    }
}

async fn connect(address: &str, who: &str) -> Result<Socket, u16> {
    let mut request = address.into_client_request().unwrap();
    let value = format!("Bearer {who}").parse().unwrap();
    request.headers_mut().insert("authorization", value);
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => Err(refused.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

async fn say(socket: &mut Socket, commands: &Value) {
    let text = Message::text(commands.to_string());
    socket.send(text).await.unwrap();
}

/// All that comes until something is heard, and with it.
async fn heard_until(socket: &mut Socket, wanted: &str) -> String {
    let mut all = String::new();
    let heard = async {
        while !all.contains(wanted) {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => all.push_str(&text),
                Some(Ok(_)) => {}
                other => panic!("{other:?} before {wanted}: {all}"),
            }
        }
    };
    timeout(PATIENCE, heard)
        .await
        .unwrap_or_else(|_| panic!("{wanted} was never heard"));
    all
}

/// What is answered in order, after everything that was said before.
async fn fence(socket: &mut Socket) -> String {
    say(
        socket,
        &json!([{"id": "fence", "command": {"type": "connect"}}]),
    )
    .await;
    heard_until(socket, "\"fence\"").await
}

fn subscribed(topic: &str) -> Value {
    json!([
        {"id": 1, "command": {"type": "connect", "presence": {"type": "presence"}}},
        {"id": 2, "command": {"type": "subscribe", "topic_id": topic}},
    ])
}

#[tokio::test]
async fn each_hears_of_their_own_conversations() {
    let app = setup().start().await;
    let mut alice = connect(&address(&app, ALICE).await, ALICE).await.unwrap();
    let mut bob = connect(&address(&app, BOB).await, BOB).await.unwrap();
    for socket in [&mut alice, &mut bob] {
        say(socket, &subscribed("conversations")).await;
        fence(socket).await;
    }
    let mut begun = Vec::new();
    for who in [ALICE, BOB, ALICE, BOB] {
        begun.push(converse(&app, who, &message("hello")).await.0);
    }
    // The last of each comes after all of the other's but one.
    for (socket, own, others) in [
        (&mut alice, [&begun[0], &begun[2]], &begun[1]),
        (&mut bob, [&begun[1], &begun[3]], &begun[2]),
    ] {
        let told = heard_until(socket, own[1]).await;
        assert!(told.contains(own[0].as_str()), "{told}");
        assert!(!told.contains(others.as_str()), "{told}");
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_hears_the_making_of_somebody_elses_answer() {
    let app = setup().start().await;
    let body = message("hello");
    let request = asked(&app, ALICE, Method::POST, "/backend-api/f/conversation");
    let stream = sent(request.json(&body)).await;
    let turn = stream.text.lines().find_map(|line| {
        let document: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
        let metadata = &document["input_message"]["metadata"];
        metadata["turn_exchange_id"].as_str().map(str::to_owned)
    });
    let topic = format!("conversation-turn-{}", turn.unwrap());
    let mut alice = connect(&address(&app, ALICE).await, ALICE).await.unwrap();
    say(&mut alice, &subscribed(&topic)).await;
    let told = fence(&mut alice).await;
    assert!(told.contains(&topic), "{told}");
    let mut bob = connect(&address(&app, BOB).await, BOB).await.unwrap();
    say(&mut bob, &subscribed(&topic)).await;
    let told = fence(&mut bob).await;
    assert!(!told.contains(&topic), "{told}");
    app.stop().await;
}

#[tokio::test]
async fn an_address_is_for_one_person_and_ends_with_their_word() {
    let app = setup().start().await;
    let address = address(&app, ALICE).await;
    assert_eq!(connect(&address, BOB).await.unwrap_err(), 404);
    let mut alice = connect(&address, ALICE).await.unwrap();
    let removed = asked(&app, KEY, Method::DELETE, "/seedtoken").json(&json!({"seed": ALICE}));
    assert_eq!(sent(removed).await.status, 200);
    let closed = timeout(PATIENCE, alice.next()).await.unwrap();
    match closed {
        Some(Ok(Message::Close(Some(frame)))) => {
            assert_eq!(frame.reason.as_str(), "credential_revoked");
        }
        other => panic!("{other:?}"),
    }
    app.stop().await;
}

#[tokio::test]
async fn somebodys_own_socket_comes_through_whole() {
    let app = setup().start().await;
    let own = app
        .simulator
        .mint_access_token(&simulator::TokenSpec::new("mine"));
    let url = format!("{}/backend-api/celsius/ws/user", app.url);
    // A program reaches upstream's own host by itself.
    let told = sent(app.client.get(&url).bearer_auth(&own)).await;
    let address = told.json()["websocket_url"].as_str().unwrap().to_owned();
    assert!(address.contains("/p24/ws/user/"), "{address}");
    app.stop().await;
}
