//! Writing places down, in batches, off the way of requests.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use store::Database;
use store::records::StoredContinuation;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

/// Places that may wait to be written; when more come, the newest are in memory only.
const QUEUE: usize = 8192;

/// Places in one batch, and how long a batch is filled.
const BATCH: usize = 500;
const PERIOD: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Writer {
    /// Nothing once it is closed.
    queue: Mutex<Option<mpsc::Sender<StoredContinuation>>>,
}

impl Writer {
    pub(super) fn start(database: Database, tasks: &TaskTracker) -> Self {
        let (queue, places) = mpsc::channel(QUEUE);
        tasks.spawn(write_all(places, database));
        Self {
            queue: Mutex::new(Some(queue)),
        }
    }

    pub(super) fn write(&self, place: StoredContinuation) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queue.as_ref() {
            // One that finds no room costs its chat one replay, after a restart.
            let _sent = queue.try_send(place);
        }
    }

    pub(super) fn close(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.take();
    }
}

async fn write_all(mut places: mpsc::Receiver<StoredContinuation>, database: Database) {
    let mut batch = Vec::with_capacity(BATCH);
    while places.recv_many(&mut batch, BATCH).await > 0 {
        let written = database.remember_continuations(std::mem::take(&mut batch));
        if let Err(error) = written.await {
            tracing::warn!("where conversations stand was not written down: {error}");
        }
        // The next batch may fill meanwhile; a closed queue is emptied at once.
        if !places.is_closed() {
            sleep(PERIOD).await;
        }
    }
}
