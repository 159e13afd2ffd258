//! The socket that tells an account of its conversations, and the address of it.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::client::{Client, gather, question};
use crate::fold::fold;
use crate::network::served;

const DOOR: &str = "/backend-api/celsius/ws/user";

/// The client's end of a socket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens the client's account's socket on a simulator that is served.
    pub(crate) async fn open(client: &Client, address: &str) -> Self {
        let url = address_of(client, address).await;
        Self(connect_async(url).await.unwrap().0)
    }

    pub(crate) async fn say(&mut self, commands: &Value) {
        let message = Message::text(commands.to_string());
        self.0.send(message).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Value {
        let heard = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await;
        let message = heard.unwrap().unwrap().unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// Asks for a topic and gives the reply.
    pub(crate) async fn subscribe(&mut self, topic: &str, offset: Option<&str>) -> Value {
        let mut command = json!({"type": "subscribe", "topic_id": topic});
        if let Some(offset) = offset {
            command["offset"] = json!(offset);
        }
        self.say(&json!([{"id": 7, "command": command}])).await;
        let reply = self.hear().await;
        assert_eq!((&reply["id"], &reply["type"]), (&json!(7), &json!("reply")));
        assert_eq!(reply["reply"]["topic_id"], topic);
        reply["reply"].clone()
    }
}

async fn address_of(client: &Client, address: &str) -> String {
    let headers = [("host", address)];
    let handed = gather(client.send("GET", DOOR, &headers, None).await).await;
    handed.json()["websocket_url"].as_str().unwrap().to_owned()
}

/// Holds a conversation and gives its id.
pub(crate) async fn converse(client: &Client, prompt: &str) -> String {
    let answer = fold(&client.converse(&question(prompt)).await.body);
    answer.typed[0]["conversation_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn an_address_is_handed_out_to_an_account() {
    let client = Client::new();
    let url = address_of(&client, "here.test").await;
    let me = client.get("/backend-api/me").await.json();
    let id = me["id"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("ws://here.test/p24/ws/user/{id}?verify=")),
        "{url}"
    );
    let elsewhere =
        Client::with(|options| options.socket_origin = Some("wss://ws.chatgpt.test".to_owned()));
    let url = address_of(&elsewhere, "here.test").await;
    assert!(
        url.starts_with("wss://ws.chatgpt.test/p24/ws/user/user-"),
        "{url}"
    );
    let mut nobody = Client::new();
    nobody.token = "nothing".to_owned();
    assert_eq!(nobody.get(DOOR).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn commands_are_answered_in_order() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        let mut socket = Socket::open(&client, address).await;
        let presence = json!({"type": "presence", "state": "background"});
        socket
            .say(&json!([
                {"id": 1, "command": {"type": "connect", "presence": presence}},
                {"id": 2, "command": {"type": "subscribe", "topic_id": "conversations"}},
                {"id": 3, "command": {"type": "subscribe", "topic_id": "app_notifications"}},
                {"id": 4, "command": {"type": "subscribe"}},
            ]))
            .await;
        assert_eq!(
            socket.hear().await,
            json!({"id": 1, "type": "reply", "reply": {"type": "connect"}})
        );
        let reply = socket.hear().await;
        assert_eq!(
            (&reply["id"], &reply["reply"]["recovered"]),
            (&json!(2), &json!(true))
        );
        assert_eq!(reply["reply"]["catchups"], json!([]));
        assert_eq!(
            socket.hear().await["reply"]["topic_id"],
            "app_notifications"
        );
        assert_eq!(socket.hear().await["type"], "error");
        socket.say(&json!("nonsense")).await;
        assert_eq!(socket.hear().await["error"]["code"], "invalid_message");
    })
    .await;
}

#[tokio::test]
async fn every_conversation_of_an_account_is_told_of() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    served(&client.simulator, async |address| {
        let mut hers = Socket::open(&client, address).await;
        let mut his = Socket::open(&bob, address).await;
        hers.subscribe("conversations", None).await;
        his.subscribe("conversations", None).await;
        let first = converse(&client, "One").await;
        let other = converse(&bob, "Two").await;
        let second = converse(&client, "Three").await;
        for id in [&first, &second] {
            let told = hers.hear().await;
            assert_eq!(told["topic_id"], "conversations");
            assert_eq!(told["payload"]["type"], "conversation-turn-complete");
            assert_eq!(told["payload"]["payload"]["conversation_id"], *id);
        }
        let told = his.hear().await;
        assert_eq!(told["payload"]["payload"]["conversation_id"], other);
    })
    .await;
}

#[tokio::test]
async fn who_comes_back_is_told_what_it_missed() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    served(&client.simulator, async |address| {
        let first = converse(&client, "One").await;
        converse(&bob, "Two").await;
        let second = converse(&client, "Three").await;
        let mut socket = Socket::open(&client, address).await;
        let all = socket.subscribe("conversations", Some("0")).await;
        let missed = all["catchups"].as_array().unwrap();
        let ids: Vec<&Value> = missed
            .iter()
            .map(|push| &push["payload"]["payload"]["conversation_id"])
            .collect();
        assert_eq!(ids, [&json!(first), &json!(second)]);
        assert_eq!(all["last_offset"], missed[1]["offset"]);
        let offset = missed[0]["offset"].as_str().unwrap();
        let rest = socket.subscribe("conversations", Some(offset)).await;
        assert_eq!(rest["catchups"], json!([missed[1]]));
    })
    .await;
}

#[tokio::test]
async fn a_task_is_told_of_when_it_begins_and_ends() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        let mut socket = Socket::open(&client, address).await;
        socket.subscribe("conversations", None).await;
        let id = converse(&client, "simulate:image-async").await;
        assert_eq!(
            socket.hear().await["payload"]["type"],
            "conversation-turn-complete"
        );
        let begun = socket.hear().await["payload"].clone();
        assert_eq!(begun["type"], "conversation-update");
        assert_eq!(begun["payload"]["update_type"], "async-task-start");
        for _ in 0..4 {
            client.get(&format!("/backend-api/conversation/{id}")).await;
        }
        let ended = socket.hear().await["payload"]["payload"].clone();
        assert_eq!(ended["conversation_id"], id);
        assert_eq!(ended["update_type"], "async-task-update-message");
        let (begun, ended) = (
            &begun["payload"]["update_content"],
            &ended["update_content"],
        );
        assert_eq!(begun["async_task_id"], ended["async_task_id"]);
        assert!(ended["message"]["id"].is_string());
    })
    .await;
}

#[tokio::test]
async fn an_address_opens_the_socket_of_its_account_for_a_while() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    served(&client.simulator, async |address| {
        let (hers, his) = (
            address_of(&client, address).await,
            address_of(&bob, address).await,
        );
        let mixed = format!(
            "{}?{}",
            hers.split('?').next().unwrap(),
            his.split('?').nth(1).unwrap()
        );
        let status = async |url: &str| match connect_async(url).await {
            Ok(_) => StatusCode::SWITCHING_PROTOCOLS,
            Err(Error::Http(response)) => response.status(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(status(&hers).await, StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(status(&mixed).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&format!("{hers}x")).await, StatusCode::UNAUTHORIZED);
        client.clock.pass(Duration::from_hours(1));
        assert_eq!(status(&hers).await, StatusCode::UNAUTHORIZED);
    })
    .await;
    let plain = address_of(&client, "here.test").await;
    let path = plain.strip_prefix("ws://here.test").unwrap();
    assert_eq!(client.get(path).await.status, StatusCode::UPGRADE_REQUIRED);
}
