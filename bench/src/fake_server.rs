//! A server for the tests: it answers request after request with prepared bytes, written slowly
//! enough to arrive in several pieces. Nothing of HTTP is understood but where a request ends.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// No test takes longer.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs a test against a server that gives these responses, one per request, in order. A response
/// that says `connection: close` is followed by that.
pub(crate) async fn serve(responses: &[impl AsRef<str>], test: impl AsyncFnOnce(SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::select! {
        () = answer(&listener, responses) => {}
        () = test(address) => {}
        () = tokio::time::sleep(LIMIT) => panic!("the test waits for more than it gets"),
    }
}

/// A response with a body of known length.
pub(crate) fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Reason\r\ncontent-length: {length}\r\n\r\n{body}")
}

async fn answer(listener: &TcpListener, responses: &[impl AsRef<str>]) {
    let mut connection: Option<TcpStream> = None;
    for response in responses {
        let response = response.as_ref();
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => listener.accept().await.unwrap().0,
        };
        read_request(&mut stream).await;
        for piece in response.as_bytes().chunks(7) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        if !response.contains("connection: close") {
            connection = Some(stream);
        }
    }
    // The last connection stays until the test has seen its response.
    std::future::pending::<()>().await;
}

/// Reads a head and the body its length announces.
async fn read_request(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    loop {
        if let Some(length) = crate::response_head::length(&bytes) {
            let head = std::str::from_utf8(&bytes[..length]).unwrap();
            let body = head
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
            if bytes.len() >= length + body {
                return;
            }
        }
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).await.unwrap_or_default();
        if count == 0 {
            // The client has left; its test ends in its own time.
            std::future::pending::<()>().await;
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
}
