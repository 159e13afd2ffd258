//! The ways out: each account has its own, for everything, and keeps it.

use std::sync::{Arc, Mutex};

use simulator::TokenSpec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use upstream::Egress;

use crate::support::{Backend, World, on_both};

on_both!(
    everything_about_an_account_leaves_by_its_own_proxy,
    an_account_keeps_its_proxy_until_that_is_taken_away,
);

/// A proxy that passes everything on, and keeps what it saw go out.
struct Proxy {
    egress: Egress,
    seen: Arc<Mutex<Vec<u8>>>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn start(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let upstream = world.base.socket_addrs(|| None).unwrap()[0];
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&seen);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(upstream).await.unwrap();
                connections.spawn(pass_on(client, server, Arc::clone(&shared)));
            }
        });
        Self {
            egress: address.parse().unwrap(),
            seen,
            _tasks: tasks,
        }
    }

    fn saw(&self, text: &str) -> bool {
        let seen = self.seen.lock().unwrap();
        seen.windows(text.len()).any(|it| it == text.as_bytes())
    }
}

async fn pass_on(client: TcpStream, server: TcpStream, seen: Arc<Mutex<Vec<u8>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let out = async {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = from_client.read(&mut piece).await {
            seen.lock().unwrap().extend_from_slice(&piece[..length]);
            if to_server.write_all(&piece[..length]).await.is_err() {
                break;
            }
        }
    };
    let back = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = out => {}
        _ = back => {}
    }
}

async fn everything_about_an_account_leaves_by_its_own_proxy(backend: Backend) {
    let world = World::on(backend).await;
    let proxies = [Proxy::start(&world).await, Proxy::start(&world).await];
    let egresses: Vec<Egress> = proxies.iter().map(|it| it.egress.clone()).collect();
    let node = world
        .node_with("a", |it| it.egresses.clone_from(&egresses))
        .await;
    let tokens: Vec<String> = (0..8)
        .map(|number| world.codex(&TokenSpec::new(format!("account-{number}"))))
        .collect();
    let ids = node.import(&tokens).await;
    for (id, token) in ids.iter().zip(&tokens) {
        let own = node.account(*id).egress;
        node.pool.renew_now(*id).await.unwrap();
        node.pool.check(*id).await.unwrap();
        for proxy in &proxies {
            let is_own = proxy.egress.to_string() == own;
            assert_eq!(proxy.saw(token), is_own, "the exchange of {own}");
        }
        assert_eq!(
            node.account(*id).egress,
            own,
            "it keeps its way with its name"
        );
    }
    // Which proxy an account gets is drawn from names, and ports are part of these.
    let owns: Vec<String> = ids.iter().map(|id| node.account(*id).egress).collect();
    for proxy in &proxies {
        let is_used = owns.contains(&proxy.egress.to_string());
        assert_eq!(proxy.saw("/oauth/token"), is_used, "{owns:?}");
        assert_eq!(proxy.saw("/backend-api/me"), is_used, "{owns:?}");
    }
    node.end().await;
}

async fn an_account_keeps_its_proxy_until_that_is_taken_away(backend: Backend) {
    let world = World::on(backend).await;
    let proxy = |number: u8| -> Egress {
        let address = format!("http://user:secret@proxy-{number}.test:3128");
        address.parse().unwrap()
    };
    let first = [proxy(1), proxy(2)];
    let node = world
        .node_with("a", |it| it.egresses = first.to_vec())
        .await;
    let names: Vec<String> = (0..8).map(|number| format!("account-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = node.add(&world, &names).await;
    let before: Vec<String> = ids.iter().map(|id| node.account(*id).egress).collect();
    assert!(before.iter().all(|it| !it.contains("secret")), "{before:?}");
    node.end().await;

    // More proxies move nobody.
    let more = [proxy(1), proxy(2), proxy(3), proxy(4)];
    let node = world.node_with("a", |it| it.egresses = more.to_vec()).await;
    let after: Vec<String> = ids.iter().map(|id| node.account(*id).egress).collect();
    assert_eq!(after, before);
    node.end().await;

    // One that goes moves only those that had it.
    let gone = proxy(1).to_string();
    let node = world
        .node_with("a", |it| it.egresses = more[1..].to_vec())
        .await;
    for (id, before) in ids.iter().zip(&before) {
        let now = node.account(*id).egress;
        assert_eq!(*before == gone, now != *before, "{before} became {now}");
    }
    node.end().await;
    let node = world.node("a").await;
    assert!(ids.iter().all(|id| node.account(*id).egress == "direct"));
    node.end().await;
}
