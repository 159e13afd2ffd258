//! Secure connections: whose certificate is good enough, the name that is asked for, and
//! that no redirect takes the security away.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use upstream::fetch::FetchError::{Downgrade, Tls, Unreachable};

use crate::certificates::Authority;
use crate::server::{Server, ok, path_of, redirect};
use crate::world::{HOST, PUBLIC, Place, World};

const URL: &str = "https://files.example/a.png";

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_fetched_from() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.server(HOST), |_| ok("", b"secure")).await;
    let world = World::with(&server).await;
    let fetcher = world.fetcher_that_trusts(authority.roots(), |_| ());
    assert_eq!(fetcher.fetch(URL).await.unwrap().bytes, "secure");
    assert_eq!(server.server_names(), [Some(HOST.to_owned())]);
    assert!(server.requests()[0].contains("\r\nhost: files.example\r\n"));
    assert_eq!(
        world.connections(),
        [format!("{PUBLIC}:443").parse().unwrap()]
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_refused() {
    let authority = Authority::new();
    for (about, config) in [
        ("of an unknown authority", Authority::new().server(HOST)),
        ("of another host", authority.server("other.example")),
        ("expired", authority.server_until(HOST, 2001)),
    ] {
        let server = Server::start_tls(config, |_| ok("", b"secure")).await;
        let world = World::with(&server).await;
        let fetcher = world.fetcher_that_trusts(authority.roots(), |_| ());
        assert_eq!(fetcher.fetch(URL).await, Err(Tls), "{about}");
        assert_eq!(server.requests(), [""; 0], "{about}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_refused() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.place(PUBLIC, 443, Place::Really(listener.local_addr().unwrap()));
    let fetcher = world.fetcher(|_| ());
    let (outcome, ()) = tokio::join!(fetcher.fetch(URL), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    assert_eq!(outcome, Err(Tls));
}

#[tokio::test]
async fn a_server_that_hangs_up_during_the_handshake_cannot_be_reached() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.place(PUBLIC, 443, Place::Really(listener.local_addr().unwrap()));
    let fetcher = world.fetcher(|_| ());
    let (outcome, ()) = tokio::join!(fetcher.fetch(URL), async {
        drop(listener.accept().await.unwrap());
    });
    assert_eq!(outcome, Err(Unreachable));
}

#[tokio::test]
async fn a_redirect_may_not_leave_tls() {
    let authority = Authority::new();
    let plain = Server::start(|_| ok("", b"plain")).await;
    for status in [301, 302, 303, 307, 308] {
        for location in [
            "http://files.example/",
            "http://other.example/",
            "http://files.example:443/",
        ] {
            let config = authority.server(HOST);
            let secure = Server::start_tls(config, move |_| redirect(status, location)).await;
            let world = World::with(&plain).await;
            world.place(PUBLIC, 443, Place::Really(secure.address));
            let fetcher = world.fetcher_that_trusts(authority.roots(), |_| ());
            assert_eq!(
                fetcher.fetch(URL).await,
                Err(Downgrade),
                "{status} to {location}"
            );
        }
    }
    assert_eq!(plain.connections(), 0);
}

#[tokio::test]
async fn a_redirect_may_go_to_tls_and_within_it() {
    let authority = Authority::new();
    let plain = Server::start(|_| redirect(301, URL)).await;
    let secure = Server::start_tls(authority.server(HOST), |request| match path_of(request) {
        "/a.png" => redirect(302, "/b.png"),
        _ => ok("", b"secure"),
    })
    .await;
    let world = World::with(&secure).await;
    world.place(PUBLIC, 80, Place::Really(plain.address));
    let fetcher = world.fetcher_that_trusts(authority.roots(), |_| ());
    let outcome = fetcher.fetch("http://files.example/a.png").await.unwrap();
    assert_eq!(outcome.bytes, "secure");
    assert_eq!(outcome.name.as_deref(), Some("b.png"));
}
