//! The machine's own network: hosts the operator allows, on real sockets of loopback, and
//! that nothing beside them is touched.

use std::io::Write;
use std::net::TcpListener;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use upstream::fetch::FetchError::{
    self, LocalName, NotPublic, Port, RedirectTarget, Status, Tls, Unreachable,
};
use upstream::fetch::{FetchSettings, Fetcher};

use crate::certificates::Authority;
use crate::server::{Script, Server, ok, path_of, redirect};
use crate::world::settings;

fn fetcher(allowed: &[String]) -> Fetcher {
    Fetcher::new(FetchSettings {
        allowed_hosts: allowed.iter().map(|it| it.parse().unwrap()).collect(),
        ..settings()
    })
}

async fn file_server() -> Server {
    Server::start(|request| match path_of(request) {
        "/plain.txt" => ok("Content-Type: text/plain\r\n", b"plain"),
        "/moved" => redirect(301, "/plain.txt"),
        "/gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(b"unzipped").unwrap();
            ok("Content-Encoding: gzip\r\n", &encoder.finish().unwrap())
        }
        "/named" => ok(
            "Content-Disposition: inline; filename*=utf-8''n%C3%A9.txt\r\n",
            b"",
        ),
        "/hold" => Script::Hold(b"HTTP/1.1 200 OK\r\n\r\n".into()),
        _ => Script::Say(b"HTTP/1.1 404 Not Found\r\n\r\n".into()),
    })
    .await
}

#[tokio::test]
async fn a_host_the_operator_allows_is_fetched_from() {
    let server = file_server().await;
    for host in ["127.0.0.1", "localhost"] {
        let host = format!("{host}:{}", server.address.port());
        let fetcher = fetcher(std::slice::from_ref(&host));
        let get = async |path: &str| fetcher.fetch(&format!("http://{host}{path}")).await;

        let plain = get("/plain.txt").await.unwrap();
        assert_eq!(plain.bytes, "plain");
        assert_eq!(plain.mime.as_deref(), Some("text/plain"));
        assert_eq!(plain.name.as_deref(), Some("plain.txt"));
        assert_eq!(get("/moved").await.unwrap(), plain);
        assert_eq!(get("/gzip").await.unwrap().bytes, "unzipped");
        assert_eq!(get("/named").await.unwrap().name.as_deref(), Some("né.txt"));
        assert_eq!(get("/none").await, Err(Status(404)));
    }
}

#[tokio::test]
async fn only_the_host_and_port_the_operator_allows() {
    let allowed = file_server().await;
    let other = file_server().await;
    let (port, other_port) = (allowed.address.port(), other.address.port());
    let fetcher = fetcher(&[format!("127.0.0.1:{port}"), "127.0.0.2".to_owned()]);
    for (url, reason) in [
        (format!("http://127.0.0.1:{other_port}/"), Port),
        (format!("http://127.0.0.2:{other_port}/"), Port),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), Port),
        (format!("http://localhost:{port}/"), Port),
        ("http://127.0.0.1/".to_owned(), NotPublic),
        ("https://127.0.0.1/".to_owned(), NotPublic),
        ("http://127.0.0.3/".to_owned(), NotPublic),
        ("http://localhost/".to_owned(), LocalName),
    ] {
        assert_eq!(fetcher.fetch(&url).await, Err(reason), "{url}");
    }
    assert_eq!((allowed.connections(), other.connections()), (0, 0));
}

#[tokio::test]
async fn an_allowed_host_may_not_redirect_to_one_that_is_not() {
    let other = file_server().await;
    for (location, reason) in [
        (format!("http://{}/", other.address), Port),
        ("http://127.0.0.1/".to_owned(), NotPublic),
        ("http://localhost/".to_owned(), LocalName),
    ] {
        let to = location.clone();
        let allowed = Server::start(move |_| redirect(302, &to)).await;
        let fetcher = fetcher(&[allowed.address.to_string()]);
        let refused = fetcher.fetch(&format!("http://{}/", allowed.address)).await;
        assert_eq!(refused, Err(RedirectTarget(Box::new(reason))), "{location}");
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused: Result<_, FetchError> = fetcher(&[address.to_string()])
        .fetch(&format!("http://{address}/"))
        .await;
    assert_eq!(refused, Err(Unreachable));
}

#[tokio::test]
async fn the_machine_does_not_trust_an_authority_of_ours() {
    let config = Authority::new().server("localhost");
    let server = Server::start_tls(config, |_| ok("", b"secure")).await;
    let host = format!("localhost:{}", server.address.port());
    let fetcher = fetcher(std::slice::from_ref(&host));
    assert_eq!(fetcher.fetch(&format!("https://{host}/")).await, Err(Tls));
    assert_eq!((server.connections(), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn leaving_a_fetch_closes_its_connection() {
    let server = file_server().await;
    let fetcher = fetcher(&[server.address.to_string()]);
    let url = format!("http://{}/hold", server.address);
    tokio::select! {
        outcome = fetcher.fetch(&url) => panic!("it was to be held: {outcome:?}"),
        () = server.asked_times(1) => {}
    }
    server.closed().await;
}

#[tokio::test]
async fn a_seventeenth_fetch_waits_for_one_of_sixteen_to_end() {
    let server = file_server().await;
    let fetcher = fetcher(&[server.address.to_string()]);
    let url = |path: &str| format!("http://{}/{path}", server.address);
    let (held, plain) = (url("hold"), url("plain.txt"));
    let mut sixteen = Box::pin(join_all((0..16).map(|_| fetcher.fetch(&held))));
    let mut next = Box::pin(fetcher.fetch(&plain));
    tokio::select! {
        biased;
        _ = &mut sixteen => panic!("they were to be held"),
        outcome = &mut next => panic!("it was to wait: {outcome:?}"),
        () = server.asked_times(16) => {}
    }
    drop(sixteen);
    assert_eq!(next.await.unwrap().bytes, "plain");
}
