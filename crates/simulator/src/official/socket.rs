//! Live updates over a WebSocket on a host of its own: where it is, who is let in, and what it
//! says. Commands come in arrays and are answered one by one; anything else comes back as it was.

use std::time::Duration;

use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use super::hosts::{MAIN_HOST, SOCKET_HOST};
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens;

/// The path that says where it is.
pub(super) const ADDRESS: &str = "/backend-api/celsius/ws/user";

const PATH: &str = "/p24/ws/user/";

/// How long a subscriber waits for each update.
const PERIOD: Duration = Duration::from_millis(100);

/// Where the caller's updates are.
pub(super) fn address(headers: &HeaderMap, state: &State) -> Result<Reply, Reply> {
    let user = tokens::authenticate(headers, state)?.account.user_id;
    let verify = verify(&user);
    let url = format!("wss://{SOCKET_HOST}{PATH}{user}?verify={verify}");
    Ok(Reply::ok(&json!({"websocket_url": url})))
}

/// What only an address that was handed out has.
fn verify(user: &str) -> String {
    ids::hex(&["socket", user], 64)
}

/// Lets a client in that comes from the main host's pages, or from no page, and was told the way.
pub(super) async fn join(mut parts: Parts) -> Response {
    let Some(user) = parts.uri.path().strip_prefix(PATH) else {
        return Reply::not_found().into_response();
    };
    if !is_verified(&parts.uri, user) || !is_of_main_host(&parts.headers) {
        return Reply::detail(StatusCode::FORBIDDEN, "Forbidden").into_response();
    }
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade.on_upgrade(converse),
        Err(refusal) => refusal.into_response(),
    }
}

fn is_verified(uri: &Uri, user: &str) -> bool {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    pairs.any(|pair| pair.strip_prefix("verify=") == Some(&verify(user)))
}

fn is_of_main_host(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let uri = origin.to_str().ok().and_then(|it| it.parse::<Uri>().ok());
    uri.is_some_and(|uri| uri.host() == Some(MAIN_HOST))
}

/// Answers until the client leaves.
async fn converse(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let (replies, updates) = match &message {
            Message::Text(text) => match serde_json::from_str::<Vec<Value>>(text) {
                Ok(commands) => answered(&commands),
                Err(_) => (vec![message], Vec::new()),
            },
            Message::Binary(_) => (vec![message], Vec::new()),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => continue,
        };
        for reply in replies {
            if socket.send(reply).await.is_err() {
                return;
            }
        }
        for update in updates {
            tokio::time::sleep(PERIOD).await;
            if socket.send(update).await.is_err() {
                return;
            }
        }
    }
}

/// The replies to commands, and the updates of whatever they subscribe to.
fn answered(commands: &[Value]) -> (Vec<Message>, Vec<Message>) {
    let mut replies = Vec::new();
    let mut updates = Vec::new();
    for numbered in commands {
        let command = &numbered["command"];
        let mut reply = json!({"type": command["type"]});
        if command["type"] == "subscribe" {
            let topic = command["topic_id"].as_str().unwrap_or_default();
            reply["topic_id"] = json!(topic);
            reply["recovered"] = json!(true);
            reply["last_offset"] = json!("0");
            reply["catchups"] = json!([]);
            updates.extend(updates_of(topic).iter().map(text_of));
        }
        replies.push(text_of(
            &json!({"id": numbered["id"], "type": "reply", "reply": reply}),
        ));
    }
    (replies, updates)
}

fn text_of(value: &Value) -> Message {
    Message::Text(value.to_string().into())
}

/// What happens in a topic once somebody listens.
fn updates_of(topic: &str) -> Vec<Value> {
    let conversation = ids::uuid(&["socket conversation", topic]);
    let payloads = match topic.strip_prefix("conversation-turn-") {
        Some(turn) => turn_payloads(&conversation, turn),
        None if topic == "conversations" => vec![json!({
            "type": "conversation-update",
            "payload": {
                "conversation_id": conversation,
                "update_type": "async-task-start",
                "update_content": {"async_task_id": ids::uuid(&["task", topic])},
            },
        })],
        None => Vec::new(),
    };
    let updates = payloads.iter().enumerate().map(|(number, payload)| {
        json!({
            "type": "message",
            "topic_id": topic,
            "offset": format!("1784164500000-{number}"),
            "payload": payload,
        })
    });
    updates.collect()
}

/// An answer in slices of an event stream, and its end.
fn turn_payloads(conversation: &str, turn: &str) -> Vec<Value> {
    let slices = [
        "event: delta\ndata: {\"p\":\"/message/content/parts/0\",\"o\":\"append\",\"v\":\"Live\"}\n\n",
        "event: delta\ndata: {\"v\":\" text\"}\n\n",
    ];
    let items = slices.iter().enumerate().map(|(number, slice)| {
        json!({
            "type": "stream-item",
            "conversation_id": conversation,
            "turn_id": turn,
            "encoded_item": slice,
            "stream_item_id": format!("{turn}-{number}"),
            "parent_stream_item_id": number.checked_sub(1).map(|last| format!("{turn}-{last}")),
            "server_timestamp_ms": 0,
        })
    });
    let end = json!({"type": "done", "conversation_id": conversation, "turn_id": turn});
    items
        .chain([end])
        .map(|payload| json!({"type": "conversation-turn-stream", "payload": payload}))
        .collect()
}
