//! What comes back: content, its type and name, and all the ways in which it may be too
//! much, too slow, broken or not what it says.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use upstream::fetch::FetchError::{
    self, Broken, Inflated, NestedEncoding, Status, TooLarge, TooSlow, UnknownEncoding,
};
use upstream::fetch::Fetched;

use crate::server::{Script, Server, ok};
use crate::world::World;

const URL: &str = "http://files.example/dir/picture%20one.png?size=5";

const LIMIT: usize = 4 << 20;

async fn fetch(script: impl Fn() -> Script + Send + Sync + 'static) -> Result<Fetched, FetchError> {
    let server = Server::start(move |_| script()).await;
    let world = World::with(&server).await;
    world.fetcher(|_| ()).fetch(URL).await
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn content_comes_with_its_type_and_name() {
    let fetched = fetch(|| ok("Content-Type: Image/PNG; q=1\r\n", b"\x89PNG"))
        .await
        .unwrap();
    assert_eq!(fetched.bytes, b"\x89PNG".as_slice());
    assert_eq!(fetched.mime.as_deref(), Some("image/png"));
    assert_eq!(fetched.name.as_deref(), Some("picture one.png"));
}

#[tokio::test]
async fn the_server_may_name_it_in_any_script() {
    for disposition in [
        "attachment; filename=\"x.png\"; filename*=UTF-8''%E7%8C%AB%20%F0%9F%90%88.png",
        "attachment; filename=\"猫 🐈.png\"",
    ] {
        let header = format!("Content-Disposition: {disposition}\r\n");
        let fetched = fetch(move || ok(&header, b"")).await.unwrap();
        assert_eq!(fetched.name.as_deref(), Some("猫 🐈.png"), "{disposition}");
        assert_eq!(fetched.mime, None);
    }
}

#[tokio::test]
async fn content_is_decoded() {
    let text = "all work and no play ".repeat(1000);
    let encoded = [
        ("gzip", gzip(text.as_bytes())),
        ("zstd", zstd::encode_all(text.as_bytes(), 3).unwrap()),
        ("br", {
            let mut sent = Vec::new();
            brotli::CompressorWriter::new(&mut sent, 4096, 5, 22)
                .write_all(text.as_bytes())
                .unwrap();
            sent
        }),
    ];
    for (coding, sent) in encoded {
        let header = format!("Content-Encoding: {coding}\r\n");
        let fetched = fetch(move || ok(&header, &sent)).await.unwrap();
        assert_eq!(fetched.bytes, text, "{coding}");
    }
}

#[tokio::test]
async fn content_may_come_in_chunks_or_until_the_connection_ends() {
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nabcdef",
        "HTTP/1.0 200 OK\r\n\r\nabcdef",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabcdef",
    ] {
        let fetched = fetch(|| Script::Say(answer.into())).await;
        assert_eq!(fetched.unwrap().bytes, "abcdef", "{answer}");
    }
}

#[tokio::test]
async fn another_status_than_200_is_named() {
    for status in [201, 204, 206, 400, 401, 403, 404, 410, 418, 429, 500, 503] {
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
        let failed = fetch(move || Script::Say(head.clone().into())).await;
        assert_eq!(failed, Err(Status(status)));
        assert!(
            failed
                .unwrap_err()
                .to_string()
                .contains(&status.to_string())
        );
    }
}

#[tokio::test]
async fn content_that_is_stated_to_be_too_large_is_not_even_begun() {
    for length in ["4194305", "99999999999", "18446744073709551613"] {
        // The server holds back all of it: only the head can have been looked at.
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        let failed = fetch(move || Script::Hold(head.clone().into())).await;
        assert_eq!(failed, Err(TooLarge { max_bytes: LIMIT }), "{length}");
    }
}

#[tokio::test]
async fn endless_content_is_cut_off() {
    let plain = b"HTTP/1.1 200 OK\r\n\r\n".as_slice();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice();
    // An empty stored block: gzip that goes on and never becomes anything.
    let gzip = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03";
    let nothing = [0x00, 0x00, 0x00, 0xff, 0xff].repeat(1000);
    for (head, piece) in [
        (plain, vec![b'x'; 10_000]),
        (chunked, b"5\r\nxxxxx\r\n".repeat(1000)),
        (gzip.as_slice(), nothing),
    ] {
        let head = head.to_vec();
        let server = Server::start(move |_| Script::Endless(head.clone(), piece.clone())).await;
        let world = World::with(&server).await;
        let max_bytes = 256 << 10;
        let fetcher = world.fetcher(|settings| settings.max_bytes = max_bytes);
        assert_eq!(fetcher.fetch(URL).await, Err(TooLarge { max_bytes }));
        server.closed().await;
    }
}

#[tokio::test]
async fn content_that_stops_coming_is_given_up() {
    for coding in ["", "Content-Encoding: gzip\r\n"] {
        let head = format!("HTTP/1.1 200 OK\r\n{coding}Content-Length: 9\r\n\r\n\x1f");
        let server = Server::start(move |_| Script::Hold(head.clone().into())).await;
        let world = World::with(&server).await;
        let fetcher = world.fetcher(|settings| settings.timeout = Duration::from_secs(1));
        assert_eq!(fetcher.fetch(URL).await, Err(TooSlow));
        server.closed().await;
    }
}

#[tokio::test]
async fn a_bomb_is_refused() {
    let bomb = gzip(&vec![0; 20 << 20]);
    assert!(bomb.len() < 40 << 10);
    let failed = fetch(move || ok("Content-Encoding: gzip\r\n", &bomb)).await;
    // Which of the two limits it hits first depends on the pieces it comes in.
    let reasons = [
        Err(Inflated { max_ratio: 100 }),
        Err(TooLarge { max_bytes: LIMIT }),
    ];
    assert!(reasons.contains(&failed), "{failed:?}");
}

#[tokio::test]
async fn codings_upon_codings_and_unknown_ones_are_refused() {
    let nested = gzip(&gzip(b"inner"));
    for (codings, reason) in [
        ("Content-Encoding: gzip, gzip\r\n", NestedEncoding),
        (
            "Content-Encoding: gzip\r\nContent-Encoding: br\r\n",
            NestedEncoding,
        ),
        ("Content-Encoding: deflate\r\n", UnknownEncoding),
    ] {
        let sent = nested.clone();
        let failed = fetch(move || ok(codings, &sent)).await;
        assert_eq!(failed, Err(reason), "{codings}");
    }
}

#[tokio::test]
async fn content_that_is_not_what_it_says_is_broken() {
    let cut = gzip(b"something that will be cut");
    let cut = [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        &cut[..cut.len() - 9],
    ]
    .concat();
    let answers: [&[u8]; 5] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n<html>",
        &cut,
    ];
    for answer in answers {
        let sent = answer.to_vec();
        let failed = fetch(move || Script::Say(sent.clone())).await;
        assert_eq!(failed, Err(Broken), "{}", answer.escape_ascii());
    }
}

#[tokio::test]
async fn more_content_than_stated_is_left_unread() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef";
    let fetched = fetch(|| Script::Say(answer.into())).await;
    assert_eq!(fetched.unwrap().bytes, "abc");
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_broken() {
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(300_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(1000));
    for answer in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "-ERR unknown command\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        &long,
        &many,
    ] {
        let sent = answer.to_owned();
        let failed = fetch(move || Script::Say(sent.clone().into())).await;
        assert_eq!(failed, Err(Broken), "{answer:.40}");
    }
}

#[tokio::test]
async fn a_head_without_an_end_is_cut_off() {
    let server =
        Server::start(|_| Script::Endless(b"HTTP/1.1 200 OK\r\n".into(), b"A: b\r\n".into())).await;
    let world = World::with(&server).await;
    assert_eq!(world.fetcher(|_| ()).fetch(URL).await, Err(Broken));
    server.closed().await;
}
