//! Writing down what was used, in batches, off the way of requests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::Database;
use store::records::RequestRecord;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

/// Requests that may wait to be written.
const QUEUE: usize = 16_384;

/// Requests in one batch, and how long a batch is filled.
const BATCH: usize = 1000;
const PERIOD: Duration = Duration::from_millis(500);

/// How often a batch is tried before it is given up.
const TRIES: u32 = 5;

/// Where requests that are over are sent; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    /// Nothing once the ledger is closed.
    queue: Arc<Mutex<Option<mpsc::Sender<Ended>>>>,
}

/// A request that is over.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) record: RequestRecord,
    /// Whether tokens were set aside for it.
    pub(super) has_reserved: bool,
}

impl Ledger {
    /// Starts the one task that writes; it ends when the ledger is closed.
    pub(super) fn start(database: Database, tasks: &TaskTracker) -> Self {
        let (queue, ended) = mpsc::channel(QUEUE);
        tasks.spawn(write_all(ended, database));
        Self {
            queue: Arc::new(Mutex::new(Some(queue))),
        }
    }

    pub(super) fn write(&self, ended: Ended) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sent = queue
            .as_ref()
            .is_some_and(|queue| queue.try_send(ended).is_ok());
        if !is_sent {
            tracing::warn!("a request was not counted: the database is slow, or the program ends");
        }
    }

    /// What was sent is still written; nothing is taken any more.
    pub(super) fn close(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

async fn write_all(mut ended: mpsc::Receiver<Ended>, database: Database) {
    let mut batch = Vec::with_capacity(BATCH);
    while ended.recv_many(&mut batch, BATCH).await > 0 {
        for it in batch.iter().filter(|it| it.has_reserved) {
            let used = it.record.prompt_tokens.unwrap_or_default()
                + it.record.completion_tokens.unwrap_or_default();
            settle(&database, &it.record.id, used).await;
        }
        let records = batch.drain(..).map(|it| it.record).collect();
        record(&database, &records).await;
        // The next batch may fill meanwhile; a closed queue is emptied at once.
        if !ended.is_closed() {
            sleep(PERIOD).await;
        }
    }
}

/// A request that was refused before it cost anything is counted all the same: it was made.
async fn settle(database: &Database, id: &str, used: i64) {
    for attempt in 1..=TRIES {
        match database.settle(id, used).await {
            Ok(_) => return,
            Err(error) if attempt == TRIES => {
                tracing::error!("what a request used was not settled: {error}");
            }
            Err(_) => sleep(PERIOD).await,
        }
    }
}

/// Trying again is safe: a request that is there already is not counted a second time.
async fn record(database: &Database, records: &Arc<[RequestRecord]>) {
    for attempt in 1..=TRIES {
        match database.record_requests(Arc::clone(records)).await {
            Ok(_) => return,
            Err(error) if attempt == TRIES => {
                tracing::error!(
                    requests.count = records.len(),
                    "requests were not counted: {error}"
                );
            }
            Err(_) => sleep(PERIOD).await,
        }
    }
}
