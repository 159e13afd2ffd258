//! Runs many chats side by side for a while and measures a window of it: what was done, and what
//! processor time each process took for it. Used by the scenarios.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::chat::Chat;
use crate::numbers::{count, per};
use crate::proc_fs;
use crate::tally::{Count, Tally};

/// How long a client waits after a failed chat, so that failures do not become the load.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// What to run.
pub(crate) struct Load {
    /// One client each, all at the same time.
    pub(crate) chats: Vec<Chat>,
    /// Runs before the window; the clients begin evenly spread over the first half of it.
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

/// The processes whose time is measured beside the client's own.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    pub(crate) gateway: Option<u32>,
    pub(crate) simulator: u32,
}

/// What a window saw.
pub(crate) struct Window {
    /// Its real length.
    pub(crate) seconds: f64,
    pub(crate) count: Count,
    pub(crate) cpu: CpuSeconds,
}

/// Processor time in seconds.
#[derive(Clone, Copy)]
pub(crate) struct CpuSeconds {
    /// 0 if no gateway takes part.
    pub(crate) gateway: f64,
    pub(crate) simulator: f64,
    pub(crate) client: f64,
}

impl Load {
    /// Runs it. An error if not a single chat ends well.
    pub(crate) async fn run(self, watched: Watched) -> Result<Window> {
        let tally = Arc::new(Tally::default());
        let mut clients = JoinSet::new();
        let clients_count = u32::try_from(self.chats.len()).unwrap_or(u32::MAX).max(1);
        let spread = self.warm_up / 2 / clients_count;
        let mut delay = Duration::ZERO;
        for chat in self.chats {
            clients.spawn(keep_chatting(chat, delay, Arc::clone(&tally)));
            delay += spread;
        }
        sleep(self.warm_up).await;
        let before = CpuSeconds::read(watched)?;
        let early = tally.take();
        let begun = Instant::now();
        sleep(self.window).await;
        let seconds = begun.elapsed().as_secs_f64();
        let mut seen = tally.take();
        let after = CpuSeconds::read(watched)?;
        clients.shutdown().await;
        seen.failures += early.failures;
        seen.failure = early.failure.or(seen.failure);
        if seen.timings.is_empty() {
            let failure = seen.failure.as_deref();
            bail!("no chat ended: {}", failure.unwrap_or("none in time"));
        }
        Ok(Window {
            seconds,
            count: seen,
            cpu: after.since(before),
        })
    }
}

/// A client: one chat after the other until it is stopped.
async fn keep_chatting(mut chat: Chat, delay: Duration, tally: Arc<Tally>) {
    sleep(delay).await;
    loop {
        match chat.once(&tally).await {
            Ok(timing) => tally.add_chat(timing),
            Err(error) => {
                tally.add_failure(&error);
                sleep(AFTER_FAILURE).await;
            }
        }
    }
}

impl CpuSeconds {
    fn read(watched: Watched) -> Result<Self> {
        Ok(Self {
            gateway: watched
                .gateway
                .map(proc_fs::cpu_seconds)
                .transpose()?
                .unwrap_or_default(),
            simulator: proc_fs::cpu_seconds(watched.simulator)?,
            client: proc_fs::cpu_seconds(std::process::id())?,
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            gateway: self.gateway - before.gateway,
            simulator: self.simulator - before.simulator,
            client: self.client - before.client,
        }
    }
}

impl Window {
    /// Chats that ended well in the window.
    pub(crate) fn chats(&self) -> f64 {
        count(self.count.timings.len() as u64)
    }

    pub(crate) fn chunks(&self) -> f64 {
        count(self.count.chunks)
    }

    pub(crate) fn chats_per_second(&self) -> f64 {
        self.chats() / self.seconds
    }

    /// Chats that one core of the gateway would do in a second.
    pub(crate) fn chats_per_core(&self) -> Option<f64> {
        per(self.chats(), self.cpu.gateway)
    }

    /// Processor microseconds of the gateway per chunk.
    pub(crate) fn gateway_per_chunk(&self) -> Option<f64> {
        per(self.cpu.gateway * 1e6, self.chunks())
    }

    /// Processor microseconds per chat, of whichever process.
    pub(crate) fn per_chat(&self, cpu_seconds: f64) -> Option<f64> {
        per(cpu_seconds * 1e6, self.chats())
    }

    pub(crate) fn first_ms(&self) -> Vec<f64> {
        self.count
            .timings
            .iter()
            .map(|timing| timing.first_ms)
            .collect()
    }

    pub(crate) fn total_ms(&self) -> Vec<f64> {
        self.count
            .timings
            .iter()
            .map(|timing| timing.total_ms)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::{response, serve};
    use crate::gateway_chat::GatewayChat;

    const ANSWER: &str = "{\"choices\":[{\"finish_reason\":\"stop\"}]}";

    fn load(address: std::net::SocketAddr) -> Load {
        Load {
            chats: vec![Chat::Gateway(GatewayChat::new(address, false))],
            warm_up: Duration::from_millis(20),
            window: Duration::from_millis(100),
        }
    }

    fn this_process() -> Watched {
        Watched {
            gateway: None,
            simulator: std::process::id(),
        }
    }

    #[tokio::test]
    async fn chats_are_counted_in_the_window() {
        serve(&vec![response(200, ANSWER); 5000], async |address| {
            let window = load(address).run(this_process()).await.unwrap();
            assert!(window.chats() > 0.0 && window.chats_per_second() > 0.0);
            assert_eq!(window.count.failures, 0);
            assert_eq!(window.chats_per_core(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_load_that_only_fails_is_an_error() {
        serve(&vec![response(503, "busy"); 100], async |address| {
            let result = load(address).run(this_process()).await;
            let error = result.err().unwrap().to_string();
            assert_eq!(error, "no chat ended: the gateway answered 503: busy");
        })
        .await;
    }
}
