//! A proxy for a test, speaking CONNECT or SOCKS5, that leads every tunnel to one server
//! and writes down what it was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use upstream::Egress;

/// How the proxy speaks.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Says this to CONNECT, and opens the tunnel when it is a 200.
    Connect(&'static str),
    /// Asks for a password when it has one, answers the request with the code.
    Socks(Option<&'static str>, u8),
}

/// A proxy.
pub(crate) struct ProxyServer {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    /// Ends with the proxy.
    _tasks: JoinSet<()>,
}

/// The answer of a proxy that lets everybody through.
pub(crate) const OPEN: Manner = Manner::Connect("HTTP/1.1 200 Connection established\r\n\r\n");

impl ProxyServer {
    pub(crate) async fn start(manner: Manner, server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&asked);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                match manner {
                    Manner::Connect(reply) => connect(client, &shared, reply, server).await,
                    Manner::Socks(password, code) => {
                        socks(client, &shared, password, code, server).await;
                    }
                }
            }
        });
        Self {
            address,
            asked,
            _tasks: tasks,
        }
    }

    /// What was asked, one request or sign-in each.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The way out through this proxy, with `user` as in `name:password@`.
    pub(crate) fn egress(&self, scheme: &str, user: &str) -> Egress {
        format!("{scheme}://{user}{}", self.address)
            .parse()
            .unwrap()
    }
}

async fn connect(mut client: TcpStream, asked: &Mutex<Vec<String>>, reply: &str, to: SocketAddr) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    asked.lock().unwrap().push(String::from_utf8(head).unwrap());
    client.write_all(reply.as_bytes()).await.unwrap();
    if reply.contains(" 200 ") {
        tunnel(client, to).await;
    }
}

async fn socks(
    mut client: TcpStream,
    asked: &Mutex<Vec<String>>,
    password: Option<&str>,
    code: u8,
    to: SocketAddr,
) {
    let mut greeting = [0; 3];
    client.read_exact(&mut greeting).await.unwrap();
    let method = if password.is_some() { 2 } else { 0 };
    if greeting != [5, 1, method] {
        client.write_all(&[5, 0xff]).await.unwrap();
        return;
    }
    client.write_all(&[5, method]).await.unwrap();
    if let Some(password) = password {
        assert_eq!(client.read_u8().await.unwrap(), 1);
        let name = read_short(&mut client).await;
        let given = read_short(&mut client).await;
        asked.lock().unwrap().push(format!("{name}:{given}"));
        client
            .write_all(&[1, u8::from(given != password)])
            .await
            .unwrap();
        if given != password {
            return;
        }
    }
    let mut request = [0; 4];
    client.read_exact(&mut request).await.unwrap();
    assert_eq!(request, [5, 1, 0, 1], "a connection to an address of IPv4");
    let ip = Ipv4Addr::from_bits(client.read_u32().await.unwrap());
    let port = client.read_u16().await.unwrap();
    asked.lock().unwrap().push(format!("{ip}:{port}"));
    let reply = [5, code, 0, 3, 4, b'n', b'a', b'm', b'e', 0, 80];
    client.write_all(&reply).await.unwrap();
    if code == 0 {
        tunnel(client, to).await;
    }
}

async fn read_short(client: &mut TcpStream) -> String {
    let length = client.read_u8().await.unwrap();
    let mut text = vec![0; length.into()];
    client.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

async fn tunnel(mut client: TcpStream, to: SocketAddr) {
    let mut server = TcpStream::connect(to).await.unwrap();
    let _ = copy_bidirectional(&mut client, &mut server).await;
}
