//! A server on loopback that reads a request and answers byte for byte as a test wants.
//!
//! It is no HTTP server: what it says may be as wrong as the test needs. It counts who
//! comes, keeps what was asked, and knows when a connection is closed from the other side.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server does once it has read a request.
pub(crate) enum Script {
    /// Says this and closes.
    Say(Vec<u8>),
    /// Says this and then nothing more, until the other side closes.
    Hold(Vec<u8>),
    /// Says the first, and then the second for ever.
    Endless(Vec<u8>, Vec<u8>),
}

/// A server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    /// Ends with the server.
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct State {
    connections: AtomicUsize,
    closed: AtomicUsize,
    requests: Mutex<Vec<String>>,
    server_names: Mutex<Vec<Option<String>>>,
}

type Handler = Arc<dyn Fn(&str) -> Script + Send + Sync>;

impl Server {
    /// A server that answers a request, head and content, as `handler` says.
    pub(crate) async fn start(handler: impl Fn(&str) -> Script + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(handler)).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(
        config: ServerConfig,
        handler: impl Fn(&str) -> Script + Send + Sync + 'static,
    ) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::listen(Some(acceptor), Arc::new(handler)).await
    }

    async fn listen(tls: Option<TlsAcceptor>, handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&state);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (state, handler) = (Arc::clone(&shared), Arc::clone(&handler));
                connections.spawn(talk(stream, tls.clone(), state, handler));
            }
        });
        Self {
            address,
            state,
            _tasks: tasks,
        }
    }

    /// How many came.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// What was asked.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }

    /// The names that were asked for in TLS.
    pub(crate) fn server_names(&self) -> Vec<Option<String>> {
        self.state.server_names.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn asked_times(&self, times: usize) {
        wait_until(|| self.requests().len() >= times).await;
    }

    /// Waits until a held connection is closed from the other side.
    pub(crate) async fn closed(&self) {
        wait_until(|| self.state.closed.load(Ordering::SeqCst) > 0).await;
    }
}

async fn wait_until(is_so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    waited.await.expect("it never came to that");
}

async fn talk(stream: TcpStream, tls: Option<TlsAcceptor>, state: Arc<State>, handler: Handler) {
    let Some(acceptor) = tls else {
        return answer(stream, &state, &handler).await;
    };
    // A client that does not trust us leaves here.
    if let Ok(stream) = acceptor.accept(stream).await {
        let name = stream.get_ref().1.server_name().map(str::to_owned);
        state.server_names.lock().unwrap().push(name);
        answer(stream, &state, &handler).await;
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: &State, handler: &Handler) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    let script = handler(&request);
    state.requests.lock().unwrap().push(request);
    // The client may go away at any time, which is its right.
    match script {
        Script::Say(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Script::Hold(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.flush().await;
            let _ = stream.read(&mut [0]).await;
            state.closed.fetch_add(1, Ordering::SeqCst);
        }
        Script::Endless(first, then) => {
            let mut sent = stream.write_all(&first).await;
            while sent.is_ok() {
                sent = stream.write_all(&then).await;
            }
            state.closed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A head, and as much content as it states.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.ok()?);
    }
    let mut text = String::from_utf8(read).unwrap();
    let length = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await.ok()?;
    text.push_str(&String::from_utf8(content).unwrap());
    Some(text)
}

/// An answer with status 200, these header lines and this content.
pub(crate) fn ok(headers: &str, content: &[u8]) -> Script {
    let length = content.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n");
    Script::Say([head.as_bytes(), content].concat())
}

/// An answer that redirects.
pub(crate) fn redirect(status: u16, location: &str) -> Script {
    let head = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\n\r\n");
    Script::Say(head.into_bytes())
}

/// The path that a request asks for.
pub(crate) fn path_of(request: &str) -> &str {
    request.split(' ').nth(1).unwrap()
}
