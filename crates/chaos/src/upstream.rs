//! The simulator that stands for upstream and is never ended: it runs in this process, and what it
//! logged is the truth that the checks go by. Started by `pass`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use simulator::{Options, Simulator};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// A simulator on a port of its own; it ends with its handle.
pub(crate) struct Upstream {
    pub(crate) simulator: Simulator,
    pub(crate) url: String,
    serving: JoinHandle<()>,
}

impl Upstream {
    /// Starts one that honours a spent RefreshToken for `overlap`.
    pub(crate) async fn start(overlap: Duration) -> Result<Self> {
        let mut options = Options::new(Arc::new(now));
        options.sign_in.overlap = overlap;
        // A proof of work would only cost time here.
        options.sentinel.difficulty = None;
        let simulator = Simulator::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.context("there is no port for the simulator")?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = simulator.router();
        let serving = TaskTracker::new().spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the simulator ended: {error}");
            }
        });
        Ok(Self {
            simulator,
            url,
            serving,
        })
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "the harness runs in real time")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
