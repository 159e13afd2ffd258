//! A way to PostgreSQL that can be cut: a proxy of TCP connections on a port of its own.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::bound;

pub(crate) struct Cuttable {
    /// The database's URL by this way.
    pub(crate) url: String,
    /// Ends all connections, and refuses new ones, when it is cancelled.
    way: Arc<Mutex<CancellationToken>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Cuttable {
    /// A way to the server of a URL.
    pub(crate) async fn to(url: &str) -> Self {
        let mut url = reqwest::Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let (listener, own) = bound().await;
        let own = reqwest::Url::parse(&own).unwrap();
        url.set_port(own.port()).unwrap();
        let way = Arc::<Mutex<CancellationToken>>::default();
        let accepting = TaskTracker::new().spawn(accept(listener, server, Arc::clone(&way)));
        Self {
            url: url.into(),
            way,
            accepting,
        }
    }

    pub(crate) fn cut(&self) {
        let way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        way.cancel();
    }

    pub(crate) fn mend(&self) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
    }
}

impl Drop for Cuttable {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, server: String, way: Arc<Mutex<CancellationToken>>) {
    let connections = TaskTracker::new();
    loop {
        let (mut here, _) = listener.accept().await.unwrap();
        let way = way.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if way.is_cancelled() {
            continue;
        }
        let server = server.clone();
        connections.spawn(way.run_until_cancelled_owned(async move {
            let mut there = TcpStream::connect(server).await.unwrap();
            // Either side may break it off.
            let _ended = copy_bidirectional(&mut here, &mut there).await;
        }));
    }
}
