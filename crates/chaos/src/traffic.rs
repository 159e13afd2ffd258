//! Chat requests with a budgeted key, from several callers at once, whether the gateway is there
//! or not; what was sent and what came back is counted. Run by `pass` beside its endings.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::http_client::{self, Asked};

/// Callers at once.
const CALLERS: u64 = 6;

/// A caller whose request failed waits a little.
const PAUSE: Duration = Duration::from_millis(10);

/// What was sent and what came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Requests that were sent to somebody.
    pub(crate) sent: u64,
    /// Those that nobody replied to.
    pub(crate) unanswered: u64,
    /// Replies, by their status.
    pub(crate) replies: BTreeMap<u16, u64>,
}

impl Counts {
    /// Replies with 200.
    pub(crate) fn answered(&self) -> u64 {
        self.replies.get(&200).copied().unwrap_or_default()
    }
}

/// The running callers; dropped, they end.
pub(crate) struct Traffic {
    counts: Arc<Mutex<Counts>>,
    stop: CancellationToken,
    callers: JoinSet<Result<()>>,
}

impl Traffic {
    /// Starts to ask whatever gateway `place` names at the moment.
    pub(crate) fn start(key: &str, place: &watch::Receiver<Option<String>>, seed: u64) -> Self {
        let counts = Arc::<Mutex<Counts>>::default();
        let stop = CancellationToken::new();
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            let caller = Caller {
                key: key.to_owned(),
                place: place.clone(),
                counts: Arc::clone(&counts),
                chance: Rng::with_seed(seed.wrapping_add(number)),
            };
            callers.spawn(caller.ask_until(stop.clone()));
        }
        Self {
            counts,
            stop,
            callers,
        }
    }

    /// Waits until nothing is under way, and says what it came to.
    pub(crate) async fn stop(mut self) -> Result<Counts> {
        self.stop.cancel();
        while let Some(ended) = self.callers.join_next().await {
            ended??;
        }
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(counts.clone())
    }
}

struct Caller {
    key: String,
    place: watch::Receiver<Option<String>>,
    counts: Arc<Mutex<Counts>>,
    chance: Rng,
}

impl Caller {
    async fn ask_until(mut self, stop: CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            let place = self.place.borrow_and_update().clone();
            let Some(url) = place else {
                tokio::select! {
                    changed = self.place.changed() => changed?,
                    () = stop.cancelled() => {}
                }
                continue;
            };
            let body = question(self.chance.bool());
            let asked = http_client::chat(&url, &self.key, &body).await?;
            let is_answered = matches!(asked, Asked::Replied { status: 200, .. });
            self.count(&asked);
            if !is_answered {
                sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    fn count(&self, asked: &Asked) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Asked::NotConnected => {}
            Asked::NoReply => {
                counts.sent += 1;
                counts.unanswered += 1;
            }
            Asked::Replied { status, .. } => {
                counts.sent += 1;
                *counts.replies.entry(*status).or_default() += 1;
            }
        }
    }
}

/// A request for a short answer.
pub(crate) fn question(is_stream: bool) -> Value {
    json!({
        "model": "auto",
        "stream": is_stream,
        "messages": [{"role": "user", "content": "simulate:echo one two three"}],
    })
}
