//! Asking the gateway over HTTP, one connection for each request: whoever is asked may be gone at
//! any moment. A reply that breaks off is told from none. Used by `traffic`, `importing`, `checks`.

use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// No request here takes so long, unless something is stuck.
const PATIENCE: Duration = Duration::from_mins(1);

/// The password of the admin, which scripts show.
pub(crate) const ADMIN_PASSWORD: &str = "a password for chaos";

/// How far a request came.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Nobody listens.
    NotConnected,
    /// It was sent, and there is no reply.
    NoReply,
    /// There is a reply; without a body when that broke off.
    Replied { status: u16, body: Option<Bytes> },
}

/// Sends a chat request with a gateway key.
pub(crate) async fn chat(url: &str, key: &str, body: &Value) -> Result<Asked> {
    let address = format!("{url}/v1/chat/completions");
    send(Method::POST, &address, &format!("Bearer {key}"), body).await
}

/// Sends a request of a script of the admin.
pub(crate) async fn admin(url: &str, path: &str, body: &Value) -> Result<Asked> {
    let word = STANDARD.encode(format!("admin:{ADMIN_PASSWORD}"));
    let address = format!("{url}{path}");
    send(Method::POST, &address, &format!("Basic {word}"), body).await
}

async fn send(method: Method, address: &str, authorization: &str, body: &Value) -> Result<Asked> {
    let host = address.strip_prefix("http://").context("not a URL")?;
    let (host, _) = host.split_once('/').context("not a URL")?;
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::HOST, host)
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(body.to_string())))?;
    let Ok(stream) = TcpStream::connect(host).await else {
        return Ok(Asked::NotConnected);
    };
    let asked = timeout(PATIENCE, exchange(stream, request)).await;
    asked.with_context(|| format!("no reply from {address} in a minute"))
}

async fn exchange(stream: TcpStream, request: Request<Full<Bytes>>) -> Asked {
    let Ok((mut sender, connection)) = http1::handshake(TokioIo::new(stream)).await else {
        return Asked::NoReply;
    };
    // It ends with the sender or the other side; what went wrong the sender says as well.
    let _driving = TaskTracker::new().spawn(connection);
    let Ok(response) = sender.send_request(request).await else {
        return Asked::NoReply;
    };
    let status = response.status().as_u16();
    let body = response.into_body().collect().await;
    Asked::Replied {
        status,
        body: body.ok().map(http_body_util::Collected::to_bytes),
    }
}
