//! The way that a RefreshToken goes: the account's own, or none.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use upstream::Egress;
use upstream::sign_in::RefreshClass::Unsent;
use upstream::sign_in::{RefreshError, RefreshGrant, SignIn};

use crate::certificates::Authority;
use crate::proxy_server::{Manner, ProxyServer};
use crate::server::{Script, Server};
use crate::sign_in_service::{REFRESH_TOKEN, at, grant, json, within};

async fn tokens() -> Server {
    Server::start(|_| json(200, r#"{"access_token":"a"}"#)).await
}

/// An address where nobody listens.
fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn by(egress: Egress) -> RefreshGrant {
    RefreshGrant { egress, ..grant() }
}

async fn unsent(sign_in: SignIn, egress: Egress) -> RefreshError {
    let error = sign_in.refresh(&by(egress)).await.unwrap_err();
    assert_eq!(error.class, Unsent, "{error}");
    assert!(error.message.contains("nothing was sent"), "{error}");
    for secret in [REFRESH_TOKEN, "secret"] {
        assert!(!format!("{error} {error:?}").contains(secret), "{error}");
    }
    error
}

#[tokio::test]
async fn nobody_listens_or_the_name_means_nothing() {
    let refused = at(&format!("http://{}", nobody()));
    let error = unsent(refused, Egress::Direct).await;
    assert!(error.message.contains("check the network"), "{error}");
    unsent(at("http://nowhere.invalid"), Egress::Direct).await;
}

#[tokio::test]
async fn a_connection_that_does_not_stand_in_time_was_not_used() {
    let server = tokens().await;
    // The server reads a request and never greets back.
    let base = format!("https://{}", server.address);
    let sign_in = within(&base, Duration::from_millis(300), Duration::from_mins(1));
    unsent(sign_in, Egress::Direct).await;
    assert_eq!((server.connections(), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_certificate_that_is_not_good_sends_nothing() {
    let config = Authority::new().server("localhost");
    let server = Server::start_tls(config, |_| json(200, "{}")).await;
    let base = format!("https://localhost:{}", server.address.port());
    let error = unsent(at(&base), Egress::Direct).await;
    assert!(error.message.contains("certificates"), "{error}");
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn the_proxy_of_the_account_is_the_way() {
    let service = tokens().await;
    let proxy = ProxyServer::start(Manner::Socks(Some("secret"), 0), service.address).await;
    let egress = proxy.egress("socks5", "user:secret@");
    let sign_in = at("http://192.0.2.7");
    sign_in.refresh(&by(egress)).await.unwrap();
    assert_eq!(proxy.asked(), ["user:secret", "192.0.2.7:80"]);
    assert_eq!(service.requests().len(), 1);

    // A proxy for HTTP is given the whole address, which leads nowhere without it.
    let egress: Egress = format!("http://{}", service.address).parse().unwrap();
    let sign_in = at("http://auth.invalid");
    sign_in.refresh(&by(egress)).await.unwrap();
    let request = &service.requests()[1];
    assert!(
        request.starts_with("POST http://auth.invalid/oauth/token "),
        "{request}"
    );
}

#[tokio::test]
async fn there_is_no_other_way_when_the_proxy_fails() {
    let service = tokens().await;
    let base = format!("http://{}", service.address);
    for scheme in ["http", "socks5", "socks5h"] {
        let egress: Egress = format!("{scheme}://user:secret@{}", nobody())
            .parse()
            .unwrap();
        let error = unsent(at(&base), egress).await;
        assert!(error.message.contains("proxy"), "{error}");
    }
    let refusing = ProxyServer::start(Manner::Socks(None, 5), service.address).await;
    unsent(at(&base), refusing.egress("socks5", "")).await;

    let closed = Manner::Connect("HTTP/1.1 407 Who are you\r\n\r\n");
    let closed = ProxyServer::start(closed, service.address).await;
    let secure = format!("https://{}", service.address);
    unsent(at(&secure), closed.egress("http", "user:secret@")).await;
    assert_eq!(service.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = tokens().await;
    let location = format!("location: http://{}/oauth/token\r\n", elsewhere.address);
    let server = Server::start(move |_| {
        let head = format!("HTTP/1.1 307 There\r\n{location}content-length: 0\r\n\r\n");
        Script::Say(head.into_bytes())
    })
    .await;
    let sign_in = at(&format!("http://{}", server.address));
    sign_in.refresh(&grant()).await.unwrap_err();
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn every_request_has_a_connection_of_its_own() {
    // A server that would keep its connections.
    let server = Server::start(|_| {
        Script::Hold(
            b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"access_token\":\"a\"}".into(),
        )
    })
    .await;
    let sign_in = at(&format!("http://{}", server.address));
    // More often than there could be clients that take turns.
    for _ in 0..9 {
        sign_in.refresh(&grant()).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests().len()), (9, 9));
}
