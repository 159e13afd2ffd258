//! The operator's proxy: it is asked for vetted addresses and never for names, and what it
//! refuses sounds like any other host that cannot be reached.

use std::sync::Arc;

use rstest::rstest;
use upstream::fetch::FetchError::{self, LocalName, NotPublic, Proxy, Tls, Unreachable};
use upstream::fetch::Fetched;

use crate::certificates::Authority;
use crate::proxy_server::{Manner, OPEN, ProxyServer};
use crate::server::{Server, ok, path_of, redirect};
use crate::world::{HOST, PUBLIC, Place, World};

const URL: &str = "http://files.example/a.png";

/// A world that holds `proxy` and nothing else to connect to.
async fn world_with(proxy: &ProxyServer) -> Arc<World> {
    let world = World::new().await;
    let address = proxy.address;
    world.place("127.0.0.1", address.port(), Place::Really(address));
    world
}

/// Fetches `url` by a proxy of this manner; says what it was asked, too.
async fn fetch_by(
    manner: Manner,
    egress: (&str, &str),
    url: &str,
) -> (Result<Fetched, FetchError>, Vec<String>) {
    let server = Server::start(|request| match path_of(request) {
        "/inside" => redirect(302, "http://private.example/"),
        _ => ok("", b"by the proxy"),
    })
    .await;
    let proxy = ProxyServer::start(manner, server.address).await;
    let world = world_with(&proxy).await;
    world.name("private.example", &[&["10.0.0.1"]]);
    world.name("mixed.example", &[&[PUBLIC, "10.0.0.1"]]);
    let fetcher = world.fetcher(|settings| settings.egress = proxy.egress(egress.0, egress.1));
    let outcome = fetcher.fetch(url).await;
    for address in world.connections() {
        assert_eq!(address, proxy.address, "nothing goes past the proxy");
    }
    (outcome, proxy.asked())
}

#[tokio::test]
async fn an_http_proxy_is_asked_for_the_address() {
    let (fetched, asked) = fetch_by(OPEN, ("http", ""), URL).await;
    assert_eq!(fetched.unwrap().bytes, "by the proxy");
    let connect = format!("CONNECT {PUBLIC}:80 HTTP/1.1\r\nHost: {PUBLIC}:80\r\n\r\n");
    assert_eq!(asked, [connect]);
}

#[rstest]
#[case("socks5")]
#[case("socks5h")]
#[tokio::test]
async fn a_socks_proxy_is_asked_for_the_address(#[case] scheme: &str) {
    let (fetched, asked) = fetch_by(Manner::Socks(None, 0), (scheme, ""), URL).await;
    assert_eq!(fetched.unwrap().bytes, "by the proxy");
    assert_eq!(asked, [format!("{PUBLIC}:80")]);
}

#[tokio::test]
async fn a_proxy_gets_the_name_and_password_of_its_url() {
    let user = "me:p%40ss@";
    let (fetched, asked) = fetch_by(OPEN, ("http", user), URL).await;
    assert_eq!(fetched.unwrap().bytes, "by the proxy");
    let line = "\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n";
    assert!(asked[0].contains(line), "{asked:?}");

    let manner = Manner::Socks(Some("p@ss"), 0);
    let (fetched, asked) = fetch_by(manner, ("socks5", user), URL).await;
    assert_eq!(fetched.unwrap().bytes, "by the proxy");
    assert_eq!(asked, ["me:p@ss".to_owned(), format!("{PUBLIC}:80")]);
}

#[rstest]
#[case("http", Manner::Connect("HTTP/1.1 407 Who are you\r\n\r\n"))]
#[case("socks5", Manner::Socks(Some("other"), 0))]
#[case("socks5", Manner::Socks(None, 0))]
#[tokio::test]
async fn a_proxy_that_does_not_know_us_is_named(#[case] scheme: &str, #[case] manner: Manner) {
    let (refused, _) = fetch_by(manner, (scheme, "me:wrong@"), URL).await;
    assert_eq!(refused, Err(Proxy));
}

#[rstest]
#[case("http", Manner::Connect("HTTP/1.1 502 Bad Gateway\r\n\r\n"))]
#[case("http", Manner::Connect("HTTP/1.1 403 Forbidden\r\n\r\n"))]
#[case("http", Manner::Connect("SSH-2.0-OpenSSH\r\n\r\n"))]
#[case("http", Manner::Connect(""))]
#[case("socks5", Manner::Socks(None, 1))]
#[case("socks5", Manner::Socks(None, 5))]
#[tokio::test]
async fn what_a_proxy_does_not_reach_cannot_be_reached(
    #[case] scheme: &str,
    #[case] manner: Manner,
) {
    let (refused, asked) = fetch_by(manner, (scheme, ""), URL).await;
    assert_eq!(refused, Err(Unreachable));
    assert_eq!(asked.len(), 1);
}

#[rstest]
#[case("http://127.0.0.1/", NotPublic)]
#[case("http://169.254.169.254/", NotPublic)]
#[case("http://localhost/", LocalName)]
#[case("http://private.example/", NotPublic)]
#[case("http://mixed.example/", NotPublic)]
#[case("http://unknown.example/", NotPublic)]
#[tokio::test]
async fn the_rules_hold_before_a_proxy_is_asked(
    #[values(("http", OPEN), ("socks5", Manner::Socks(None, 0)))] by: (&str, Manner),
    #[case] url: &str,
    #[case] reason: FetchError,
) {
    let (refused, asked) = fetch_by(by.1, (by.0, ""), url).await;
    assert_eq!(refused, Err(reason));
    assert_eq!(asked, [""; 0]);
}

#[tokio::test]
async fn the_rules_hold_for_redirects_behind_a_proxy() {
    let (refused, asked) = fetch_by(OPEN, ("http", ""), "http://files.example/inside").await;
    assert_eq!(
        refused,
        Err(FetchError::RedirectTarget(Box::new(NotPublic)))
    );
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_does_not_get_a_proxy_inside() {
    const ROUNDS: usize = 200;
    let server = Server::start(|_| ok("", b"by the proxy")).await;
    let proxy = ProxyServer::start(OPEN, server.address).await;
    let world = world_with(&proxy).await;
    world.name(HOST, &[&[PUBLIC], &["127.0.0.1"]]);
    let fetcher = world.fetcher(|settings| settings.egress = proxy.egress("http", ""));
    for round in 0..ROUNDS {
        let outcome = fetcher.fetch(URL).await;
        assert_eq!(outcome.is_ok(), round % 2 == 0, "{outcome:?}");
    }
    let asked = proxy.asked();
    assert_eq!(asked.len(), ROUNDS / 2);
    assert!(
        asked
            .iter()
            .all(|it| it.starts_with(&format!("CONNECT {PUBLIC}:80 ")))
    );
}

#[tokio::test]
async fn a_proxy_is_asked_for_four_addresses_at_most_and_ipv4_first() {
    let refuses = Manner::Connect("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    let server = Server::start(|_| ok("", b"")).await;
    let proxy = ProxyServer::start(refuses, server.address).await;
    let world = world_with(&proxy).await;
    let all = [
        "2606:4700::1",
        "8.8.8.1",
        "2606:4700::2",
        "8.8.8.2",
        "8.8.8.3",
        "2606:4700::3",
    ];
    world.name(HOST, &[&all]);
    let fetcher = world.fetcher(|settings| settings.egress = proxy.egress("http", ""));
    assert_eq!(fetcher.fetch(URL).await, Err(Unreachable));
    let asked = proxy.asked();
    let asked: Vec<&str> = asked.iter().filter_map(|it| it.split(' ').nth(1)).collect();
    let expected = [
        "8.8.8.1:80",
        "8.8.8.2:80",
        "8.8.8.3:80",
        "[2606:4700::1]:80",
    ];
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn the_server_behind_a_proxy_is_asked_for_by_its_name() {
    let authority = Authority::new();
    let server = Server::start_tls(authority.server(HOST), |_| ok("", b"secure")).await;
    let proxy = ProxyServer::start(OPEN, server.address).await;
    let world = world_with(&proxy).await;
    let fetcher = world.fetcher_that_trusts(authority.roots(), |settings| {
        settings.egress = proxy.egress("http", "");
    });
    let outcome = fetcher.fetch("https://files.example/a.png").await;
    assert_eq!(outcome.unwrap().bytes, "secure");
    assert_eq!(server.server_names(), [Some(HOST.to_owned())]);
    assert!(server.requests()[0].contains("\r\nhost: files.example\r\n"));
    assert!(proxy.asked()[0].starts_with(&format!("CONNECT {PUBLIC}:443 ")));
}

#[tokio::test]
async fn a_proxy_may_not_stand_in_for_the_server() {
    let server = Server::start_tls(Authority::new().server(HOST), |_| ok("", b"other")).await;
    let proxy = ProxyServer::start(OPEN, server.address).await;
    let world = world_with(&proxy).await;
    let fetcher = world.fetcher_that_trusts(Authority::new().roots(), |settings| {
        settings.egress = proxy.egress("http", "");
    });
    assert_eq!(fetcher.fetch("https://files.example/").await, Err(Tls));
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let world = World::new().await;
    world.place("127.0.0.1", 3128, Place::Refuses);
    for egress in [
        "http://127.0.0.1:3128",
        "https://127.0.0.1:3128",
        "socks5://127.0.0.1:3128",
        "http://unknown.example:3128",
    ] {
        let fetcher = world.fetcher(|settings| settings.egress = egress.parse().unwrap());
        assert_eq!(fetcher.fetch(URL).await, Err(Proxy), "{egress}");
    }
}

#[tokio::test]
async fn a_proxy_may_speak_tls_itself() {
    // The same server plays a proxy: it answers CONNECT, and that is all that it does.
    let authority = Authority::new();
    let proxy = Server::start_tls(authority.server("proxy.example"), |_| {
        crate::server::Script::Say(b"HTTP/1.1 502 Bad Gateway\r\n\r\n".into())
    })
    .await;
    let world = World::new().await;
    world.name("proxy.example", &[&["10.0.0.5"]]);
    world.place("10.0.0.5", 443, Place::Really(proxy.address));
    let fetcher = world.fetcher_that_trusts(authority.roots(), |settings| {
        settings.egress = "https://proxy.example".parse().unwrap();
    });
    assert_eq!(fetcher.fetch(URL).await, Err(Unreachable));
    assert!(proxy.requests()[0].starts_with(&format!("CONNECT {PUBLIC}:80 ")));
}
