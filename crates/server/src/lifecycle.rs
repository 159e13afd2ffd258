//! Stopping: a first signal lets answers finish until a deadline, a second ends at once.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Tells everybody when to stop.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Take nothing new; finish what runs.
    pub soft: CancellationToken,
    /// Drop everything.
    pub hard: CancellationToken,
}

/// The signals of the operator; they are caught from the moment this exists.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Starts to catch SIGINT and SIGTERM.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Turns signals into a shutdown with a deadline of `drain`.
    pub async fn forward_to(mut self, shutdown: Shutdown, drain: Duration) {
        self.next().await;
        tracing::info!(
            drain_seconds = drain.as_secs(),
            "stopping; running answers may finish"
        );
        shutdown.soft.cancel();
        tokio::select! {
            () = tokio::time::sleep(drain) => tracing::warn!("the time to finish is over"),
            () = self.next() => tracing::warn!("a second signal: stopping at once"),
        }
        shutdown.hard.cancel();
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
