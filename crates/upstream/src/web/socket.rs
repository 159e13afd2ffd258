//! A socket that upstream handed out to a page: opened for the page, without a token. Its address
//! is a key in itself.
//!
//! Only text goes over it. Called by the driver.

use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode, header};
use reqwest::{Client, Upgraded};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use url::Url;

use crate::failure::{Failure, FailureKind, Retry};

/// No message is larger.
const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Nobody takes longer to take a message.
const WRITE_STALL: Duration = Duration::from_secs(30);

/// An open socket. Dropping it closes the connection.
pub struct PageSocket {
    socket: WebSocketStream<Upgraded>,
}

/// The address over HTTP, if upstream may be reached there: encrypted, or on the base's own host.
pub(super) fn address(text: &str, base: &Url) -> Result<Url, Failure> {
    let over_http = match text.split_once("://") {
        Some(("wss", rest)) => format!("https://{rest}"),
        Some(("ws", rest)) => format!("http://{rest}"),
        _ => return Err(not_fit()),
    };
    let url: Url = over_http.parse().map_err(|_| not_fit())?;
    // Without encryption only where the whole of upstream is so.
    let is_fit = url.scheme() == "https" || base.scheme() == "http";
    if is_fit { Ok(url) } else { Err(not_fit()) }
}

/// Opens the socket, as a page of `base` would.
pub(super) async fn open(
    client: Client,
    address: Url,
    base: &Url,
    patience: Duration,
) -> Result<PageSocket, Failure> {
    let opened = tokio::time::timeout(patience, upgrade(client, address, base)).await;
    opened.unwrap_or_else(|_elapsed| Err(not_opened()))
}

async fn upgrade(client: Client, address: Url, base: &Url) -> Result<PageSocket, Failure> {
    let key = generate_key();
    let request = client
        .get(address)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::ORIGIN, base.origin().ascii_serialization());
    let response = request.send().await.map_err(|_| not_opened())?;
    let accept = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    let is_open = response.status() == StatusCode::SWITCHING_PROTOCOLS
        && accept.map(HeaderValue::as_bytes) == Some(derive_accept_key(key.as_bytes()).as_bytes());
    if !is_open {
        return Err(not_opened());
    }
    let upgraded = response.upgrade().await.map_err(|_| not_opened())?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
    Ok(PageSocket { socket })
}

impl PageSocket {
    /// The next text; nothing when the socket is closed or broken.
    ///
    /// Dropping the future loses nothing.
    pub async fn next_text(&mut self) -> Option<String> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Sends a text; whether it was sent.
    pub async fn send_text(&mut self, text: String) -> bool {
        let sent = tokio::time::timeout(WRITE_STALL, self.socket.send(Message::text(text)));
        matches!(sent.await, Ok(Ok(())))
    }

    /// Closes it in an orderly way.
    pub async fn close(&mut self) {
        let closed = tokio::time::timeout(WRITE_STALL, self.socket.close(None));
        let _may_be_gone = closed.await;
    }
}

fn not_fit() -> Failure {
    Failure::new(
        FailureKind::BadContent,
        Retry::Never,
        "upstream named an address for a socket that is not secure",
    )
}

fn not_opened() -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        Retry::Never,
        "upstream did not open the socket it named",
    )
}

impl fmt::Debug for PageSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageSocket")
    }
}
