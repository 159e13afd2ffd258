//! The operator's relay: it is asked only for what might be fetched anyway, and its answer
//! has to keep to the same limits.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use upstream::fetch::FetchError::{
    self, Broken, LocalName, NestedEncoding, NotPublic, Port, Proxy, Scheme, Status, TooLarge,
};
use upstream::fetch::Fetched;

use crate::proxy_server::{OPEN, ProxyServer};
use crate::server::{Script, Server, ok, redirect};
use crate::world::{Place, World};

const URL: &str = "https://files.example/a%20b.png?c=d#e";

/// Fetches `url` by a relay at a private address that answers so; says what it was asked.
async fn fetch_by(
    script: impl Fn() -> Script + Send + Sync + 'static,
    url: &str,
) -> (Result<Fetched, FetchError>, Vec<String>) {
    let relay = Server::start(move |_| script()).await;
    let world = World::new().await;
    world.name("private.example", &[&["10.0.0.1"]]);
    world.name("relay", &[&["10.0.0.9"]]);
    world.place("10.0.0.9", 8787, Place::Really(relay.address));
    let fetcher = world.fetcher(|settings| {
        settings.relay = Some("http://relay:8787/fetch?key=k".parse().unwrap());
    });
    let outcome = fetcher.fetch(url).await;
    for address in world.connections() {
        assert_eq!(address.port(), 8787, "nothing goes past the relay");
    }
    (outcome, relay.requests())
}

#[tokio::test]
async fn a_relay_is_posted_the_url() {
    let answer = || ok("Content-Type: image/png\r\n", b"by the relay");
    let (fetched, asked) = fetch_by(answer, URL).await;
    let fetched = fetched.unwrap();
    assert_eq!(fetched.bytes, "by the relay");
    assert_eq!(fetched.mime.as_deref(), Some("image/png"));
    assert_eq!(fetched.name.as_deref(), Some("a b.png"));
    let [request] = asked.as_slice() else {
        panic!("asked once: {asked:?}");
    };
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /fetch?key=k HTTP/1.1\r\nhost: relay:8787\r\n"),
        "{head}"
    );
    assert!(
        head.contains("\r\ncontent-type: application/json"),
        "{head}"
    );
    assert_eq!(body, format!(r#"{{"file_url":"{URL}"}}"#));
}

#[tokio::test]
async fn a_relay_may_name_and_encode_its_answer() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"unzipped").unwrap();
    let sent = encoder.finish().unwrap();
    let headers = "Content-Encoding: gzip\r\nContent-Disposition: inline; filename=n.txt\r\n";
    let (fetched, _) = fetch_by(move || ok(headers, &sent), URL).await;
    let fetched = fetched.unwrap();
    assert_eq!(fetched.bytes, "unzipped");
    assert_eq!(fetched.name.as_deref(), Some("n.txt"));
}

#[tokio::test]
async fn the_rules_hold_before_a_relay_is_asked() {
    for (url, reason) in [
        ("http://127.0.0.1/", NotPublic),
        ("http://[::ffff:169.254.169.254]/", NotPublic),
        ("http://private.example/", NotPublic),
        ("http://unknown.example/", NotPublic),
        ("http://localhost/", LocalName),
        ("http://relay:8787/", Port),
        ("http://relay/", LocalName),
        ("file:///etc/passwd", Scheme),
    ] {
        let (refused, asked) = fetch_by(|| ok("", b"by the relay"), url).await;
        assert_eq!(refused, Err(reason), "{url}");
        assert_eq!(asked, [""; 0], "{url}");
    }
}

#[tokio::test]
async fn the_answer_of_a_relay_keeps_to_the_limits() {
    let large = "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n";
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    let nested = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, br\r\n\r\n";
    for (answer, reason) in [
        (large, TooLarge { max_bytes: 4 << 20 }),
        (short, Broken),
        (nested, NestedEncoding),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", Status(502)),
    ] {
        let (failed, _) = fetch_by(|| Script::Say(answer.into()), URL).await;
        assert_eq!(failed, Err(reason), "{answer}");
    }
}

#[tokio::test]
async fn a_relay_is_not_followed_elsewhere() {
    for status in [301, 302, 303, 307, 308] {
        let (failed, asked) = fetch_by(move || redirect(status, "http://10.0.0.1/"), URL).await;
        assert_eq!(failed, Err(Status(status)));
        assert_eq!(asked.len(), 1);
    }
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_the_operators_affair() {
    let world = World::new().await;
    world.place("10.0.0.9", 80, Place::Refuses);
    for relay in ["http://10.0.0.9/", "http://unknown.example/"] {
        let fetcher = world.fetcher(|settings| settings.relay = Some(relay.parse().unwrap()));
        assert_eq!(fetcher.fetch(URL).await, Err(Proxy), "{relay}");
    }
}

#[tokio::test]
async fn a_relay_is_reached_by_the_operators_proxy_too() {
    let relay = Server::start(|_| ok("", b"by both")).await;
    let proxy = ProxyServer::start(OPEN, relay.address).await;
    let world = World::new().await;
    world.place(
        "127.0.0.1",
        proxy.address.port(),
        Place::Really(proxy.address),
    );
    let fetcher = world.fetcher(|settings| {
        settings.egress = proxy.egress("http", "");
        settings.relay = Some("http://10.0.0.9:8787/".parse().unwrap());
    });
    assert_eq!(fetcher.fetch(URL).await.unwrap().bytes, "by both");
    assert!(proxy.asked()[0].starts_with("CONNECT 10.0.0.9:8787 "));
}
