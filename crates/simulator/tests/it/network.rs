//! What only shows on a real connection: broken ones, silent ones, and readers that go away.

use std::time::Duration;

use simulator::{RefreshFamily, Simulator};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::auth::{codex_token, encoded, faulty, refresh_fields};
use crate::client::{Client, question};
use crate::upload::announce;

/// Runs a test against the simulator on a port of its own.
pub(crate) async fn served(simulator: &Simulator, test: impl AsyncFnOnce(&str)) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::select! {
        _ = axum::serve(listener, simulator.router()) => {}
        () = test(&address) => {}
    }
}

/// Sends a conversation call with a fault and leaves the connection open.
async fn call(client: &Client, address: &str, fault: &str) -> TcpStream {
    let body = question("hello").to_string();
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /backend-api/conversation HTTP/1.1\r\nhost: simulator\r\nauthkey: relay\r\n\
         authorization: Bearer {}\r\nx-simulator-fault: {fault}\r\ncontent-length: {}\r\n\r\n{body}",
        client.token,
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

/// Everything until the other side closes.
pub(crate) async fn read(mut connection: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset ends a connection like a close does.
    let _ = connection.read_to_end(&mut bytes).await;
    bytes
}

/// Waits until the simulator has noticed something.
async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..200 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing happened");
}

#[tokio::test]
async fn connections_break_where_they_should() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        assert_eq!(read(call(&client, address, "reset").await).await, b"");
        let dropped = read(call(&client, address, "drop").await).await;
        let text = std::str::from_utf8(&dropped).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK"));
        assert!(text.contains("\"o\":\"append\"") && !text.contains("[DONE]"));
        assert!(
            !text.ends_with("0\r\n\r\n"),
            "the last chunk must be missing"
        );
    })
    .await;
}

#[tokio::test]
async fn readers_that_leave_are_noticed() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        for fault in ["stall", "stall-mid"] {
            let connection = call(&client, address, fault).await;
            until(|| client.simulator.open_streams() == 1).await;
            drop(connection);
            until(|| client.simulator.open_streams() == 0).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_refresh_whose_client_leaves_has_ended_and_is_lost() {
    let client = Client::new();
    let token = codex_token(&client, &faulty("refresh-hang"));
    let fields = encoded(&refresh_fields(RefreshFamily::Codex, &token));
    served(&client.simulator, async |address| {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: simulator\r\n\
             content-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{fields}",
            fields.len()
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        until(|| client.simulator.sign_in_log().refreshed == 1).await;
        let log = client.simulator.sign_in_log();
        assert_eq!((log.under_way, log.lost), (1, 0));
        drop(connection);
        until(|| client.simulator.sign_in_log().lost == 1).await;
        assert_eq!(client.simulator.sign_in_log().under_way, 0);
    })
    .await;
}

#[tokio::test]
async fn a_large_upload_streams_in_and_a_refused_one_is_told() {
    const SIZE: usize = 8 * 1024 * 1024;
    let piece = vec![1; 65_536];
    let client = Client::new();
    served(&client.simulator, async |address| {
        for (name, expected) in [
            ("large.bin", "HTTP/1.1 201 Created"),
            ("simulate-put-403.bin", "HTTP/1.1 403 Forbidden"),
        ] {
            let announced = announce(&client, name, SIZE, "ace_upload").await;
            let url = announced["upload_url"].as_str().unwrap();
            let path = url.strip_prefix("http://localhost").unwrap();
            let mut connection = TcpStream::connect(address).await.unwrap();
            let head = format!(
                "PUT {path} HTTP/1.1\r\nhost: simulator\r\nconnection: close\r\n\
                 x-ms-blob-type: BlockBlob\r\ncontent-length: {SIZE}\r\n\r\n"
            );
            connection.write_all(head.as_bytes()).await.unwrap();
            for _ in 0..SIZE / 65_536 {
                connection.write_all(&piece).await.unwrap();
            }
            let reply = read(connection).await;
            assert!(reply.starts_with(expected.as_bytes()), "{name}");
        }
    })
    .await;
    let files = client.simulator.uploads();
    assert!(files[0].sha256.is_some() && files[1].sha256.is_none());
}
