//! `/metrics` for Prometheus, on a listener of its own so that callers never reach it.
//!
//! Called by `serve` when `METRICS_LISTEN` is set.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::lifecycle::Shutdown;
use crate::listener;

/// A listener for metrics, ready to serve.
pub(crate) struct MetricsListener {
    listener: TcpListener,
    handle: PrometheusHandle,
}

impl MetricsListener {
    /// Listens, and begins to count.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}; change METRICS_LISTEN"))?;
        let handle = PrometheusBuilder::new()
            .install_recorder()
            .context("metrics cannot be counted")?;
        metrics::describe_counter!(
            "flowgpt_requests_total",
            "Requests, by route and status of the answer."
        );
        metrics::describe_counter!(
            "flowgpt_upstream_unknown_total",
            "Names of the private protocol that are not known, by kind."
        );
        Ok(Self { listener, handle })
    }

    /// Serves until the shutdown.
    pub(crate) async fn serve(self, header_timeout: Duration, shutdown: Shutdown) {
        let handle = self.handle;
        let router = Router::new().route("/metrics", get(async move || handle.render()));
        listener::serve(self.listener, router, header_timeout, shutdown).await;
    }
}
