//! How a proxy is asked for a tunnel to an address: CONNECT (RFC 9110) and SOCKS5 (RFC 1928).
//!
//! Always to an address and never to a name, so that the proxy cannot be led elsewhere by a
//! second look-up. Called by `dial` with a connection to the proxy.

use std::io;
use std::net::{IpAddr, SocketAddr};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use super::error::FetchError;
use super::network::Connection;

/// The answer to CONNECT may have a head this long.
const MAX_CONNECT_HEAD_BYTES: usize = 8 << 10;

const SOCKS_VERSION: u8 = 5;
const SOCKS_NO_AUTH: u8 = 0;
const SOCKS_PASSWORD: u8 = 2;
const SOCKS_CONNECT: u8 = 1;
const SOCKS_V4: u8 = 1;
const SOCKS_NAME: u8 = 3;
const SOCKS_V6: u8 = 4;

type Stream = dyn Connection;

/// Asks the proxy at the other end of `stream` for a tunnel to `address`.
pub(super) async fn tunnel(
    proxy: &Url,
    stream: &mut Stream,
    address: SocketAddr,
) -> Result<(), FetchError> {
    let is_socks = matches!(proxy.scheme(), "socks5" | "socks5h");
    let asked = if is_socks {
        socks(proxy, stream, address).await
    } else {
        connect(proxy, stream, address).await
    };
    match asked {
        Ok(Reply::Open) => Ok(()),
        Ok(Reply::NotAllowed) => Err(FetchError::Proxy),
        Ok(Reply::NotReached) | Err(_) => Err(FetchError::Unreachable),
    }
}

/// What the proxy says.
enum Reply {
    Open,
    /// We may not use the proxy.
    NotAllowed,
    /// The proxy does not get through to the address.
    NotReached,
}

async fn connect(proxy: &Url, stream: &mut Stream, address: SocketAddr) -> io::Result<Reply> {
    let authorization = match credentials(proxy) {
        Some((name, password)) => {
            let pair = BASE64_STANDARD.encode([name.as_slice(), b":", &password].concat());
            format!("Proxy-Authorization: Basic {pair}\r\n")
        }
        None => String::new(),
    };
    let head = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;

    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        // Nothing can follow the head: the other side is silent until we speak.
        if answer.len() >= MAX_CONNECT_HEAD_BYTES || stream.read_buf(&mut answer).await? == 0 {
            return Ok(Reply::NotReached);
        }
    }
    let is_http = answer.starts_with(b"HTTP/1.");
    Ok(match answer.get(9..12) {
        Some([b'2', _, _]) if is_http => Reply::Open,
        Some(b"407") if is_http => Reply::NotAllowed,
        _ => Reply::NotReached,
    })
}

async fn socks(proxy: &Url, stream: &mut Stream, address: SocketAddr) -> io::Result<Reply> {
    if !socks_greet(proxy, stream).await? {
        return Ok(Reply::NotAllowed);
    }
    let mut request = vec![SOCKS_VERSION, SOCKS_CONNECT, 0];
    match address.ip() {
        IpAddr::V4(ip) => {
            request.push(SOCKS_V4);
            request.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            request.push(SOCKS_V6);
            request.extend(ip.octets());
        }
    }
    request.extend(address.port().to_be_bytes());
    stream.write_all(&request).await?;
    stream.flush().await?;

    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await?;
    let [_, code, _, kind] = reply;
    if code != 0 {
        return Ok(Reply::NotReached);
    }
    // The address the proxy is bound to; nobody needs it, but it has to be read.
    let length = match kind {
        SOCKS_V4 => 4,
        SOCKS_V6 => 16,
        SOCKS_NAME => usize::from(stream.read_u8().await?),
        _ => return Ok(Reply::NotReached),
    };
    let mut bound = vec![0; length + 2];
    stream.read_exact(&mut bound).await?;
    Ok(Reply::Open)
}

/// The greeting, and the sign-in if there is a name or a password; whether we may go on.
async fn socks_greet(proxy: &Url, stream: &mut Stream) -> io::Result<bool> {
    let credentials = credentials(proxy);
    let method = match credentials {
        Some(_) => SOCKS_PASSWORD,
        None => SOCKS_NO_AUTH,
    };
    stream.write_all(&[SOCKS_VERSION, 1, method]).await?;
    stream.flush().await?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await?;
    match credentials {
        _ if chosen != [SOCKS_VERSION, method] => Ok(false),
        Some((name, password)) => socks_sign_in(stream, &name, &password).await,
        None => Ok(true),
    }
}

/// Name and password (RFC 1929); whether they are accepted.
async fn socks_sign_in(stream: &mut Stream, name: &[u8], password: &[u8]) -> io::Result<bool> {
    let (Ok(name_length), Ok(password_length)) =
        (u8::try_from(name.len()), u8::try_from(password.len()))
    else {
        return Ok(false);
    };
    let request = [&[1, name_length], name, &[password_length], password].concat();
    stream.write_all(&request).await?;
    stream.flush().await?;
    let mut reply = [0; 2];
    stream.read_exact(&mut reply).await?;
    Ok(reply[1] == 0)
}

/// The operator's name and password for the proxy, if its URL holds any.
fn credentials(proxy: &Url) -> Option<(Vec<u8>, Vec<u8>)> {
    let password = proxy.password();
    if proxy.username().is_empty() && password.is_none() {
        return None;
    }
    let decoded = |text| percent_decode_str(text).collect();
    Some((
        decoded(proxy.username()),
        decoded(password.unwrap_or_default()),
    ))
}
