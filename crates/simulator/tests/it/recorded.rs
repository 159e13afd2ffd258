//! What is kept of a request: where it was sent, and its path as it came.

use simulator::Options;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::Client;
use crate::network::{read, served};
use crate::socket::Socket;

fn recording() -> Client {
    Client::with(|options: &mut Options| options.record = true)
}

/// Sends the first lines of a request as they are, and gives the reply.
async fn exchange(address: &str, head: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    String::from_utf8(read(connection).await).unwrap()
}

#[tokio::test]
async fn a_request_is_kept_with_the_host_it_was_for() {
    let client = recording();
    served(&client.simulator, async |address| {
        for (head, host) in [
            ("GET / HTTP/1.1\r\nhost: chatgpt.test", "chatgpt.test"),
            (
                "GET http://chatgpt.test/ HTTP/1.1\r\nhost: other.test",
                "chatgpt.test",
            ),
            (
                "GET http://chatgpt.test:8443/ HTTP/1.1\r\nhost: chatgpt.test:8443",
                "chatgpt.test:8443",
            ),
            ("GET / HTTP/1.0", ""),
        ] {
            let reply = exchange(address, head).await;
            assert!(reply.contains("This is the simulator"), "{head}: {reply}");
            let recorded = client.simulator.recorded().pop().unwrap();
            assert_eq!(
                (recorded.host.as_str(), recorded.path.as_str()),
                (host, "/"),
                "{head}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_path_is_kept_as_it_came() {
    const PATH: &str = "/backend-api/conversation/%41%2f%2F..%2E%20x/textdocs?a=%2B+%e4&&b=%";
    let client = recording();
    served(&client.simulator, async |address| {
        for origin in ["", "http://chatgpt.test"] {
            let head = format!("GET {origin}{PATH} HTTP/1.1\r\nhost: chatgpt.test");
            let reply = exchange(address, &head).await;
            assert!(
                reply.contains(" 401 "),
                "it was routed by its path: {reply}"
            );
            let recorded = client.simulator.recorded().pop().unwrap();
            assert_eq!(recorded.path, PATH);
        }
    })
    .await;
}

#[tokio::test]
async fn links_lead_to_where_the_request_was_sent() {
    let client = recording();
    served(&client.simulator, async |address| {
        let head = format!(
            "GET http://chatgpt.test/backend-api/celsius/ws/user HTTP/1.1\r\n\
             host: other.test\r\nauthorization: Bearer {}",
            client.token
        );
        let reply = exchange(address, &head).await;
        assert!(
            reply.contains("\"ws://chatgpt.test/p24/ws/user/user-"),
            "{reply}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_is_kept_opens_all_the_same() {
    let client = recording();
    served(&client.simulator, async |address| {
        let mut socket = Socket::open(&client, address).await;
        socket.subscribe("conversations", None).await;
        let recorded = client.simulator.recorded().pop().unwrap();
        assert_eq!(recorded.host, address);
        assert!(recorded.path.starts_with("/p24/ws/user/user-"));
        assert!(recorded.path.contains("?verify="));
    })
    .await;
}
