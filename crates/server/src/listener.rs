//! The accept loop: time limits for slow callers, bounded buffers, and a graceful end.
//!
//! Our own because the ready-made one installs no timer and waits for streams for ever.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use web::peer::Peer;

use crate::lifecycle::Shutdown;
use crate::lingering::{LeftUnread, Lingering};

/// A caller that reads slowly may keep this much in memory, twice.
const MAX_BUFFER_BYTES: usize = 64 << 10;

/// After an error of the system, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `router` until the shutdown; returns once no connection is left.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    header_timeout: Duration,
    shutdown: Shutdown,
) {
    let connections = TaskTracker::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(MAX_BUFFER_BYTES);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.soft.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let caller = (stream, Peer(peer.ip()));
                let connection = connection(caller, http.clone(), router.clone(), shutdown.clone());
                connections.spawn(connection);
            }
            Err(error) => {
                tracing::warn!(error = %error.kind(), "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(
    (stream, peer): (TcpStream, Peer),
    http: http1::Builder,
    router: Router,
    shutdown: Shutdown,
) {
    // Without this the last piece of every burst waits for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error.kind(), "TCP_NODELAY could not be set");
    }
    let unread = LeftUnread::default();
    let stream = Lingering::new(stream, unread.clone());
    let watched = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(|body| Body::new(unread.watch(body)))
    });
    let service = TowerToHyperService::new(watched);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection.with_upgrades());
    tokio::select! {
        _ = connection.as_mut() => return,
        () = shutdown.soft.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection.as_mut() => {}
        () = shutdown.hard.cancelled() => {}
    }
}
