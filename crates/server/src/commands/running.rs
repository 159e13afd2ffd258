//! What the serving commands share: the runtime, the clock, TLS, the listener and the end.

use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The real clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system"
)]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

/// The threads everything runs on.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    // TLS needs its cryptography before the first connection.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("the cryptography for TLS is installed twice"))?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}

/// Listens, and tells where.
pub(super) async fn listen(host: IpAddr, port: u16) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let wanted = SocketAddr::new(host, port);
    let listener = TcpListener::bind(wanted).await.with_context(|| {
        format!("cannot listen on {wanted}; choose another port with --port or PORT")
    })?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
