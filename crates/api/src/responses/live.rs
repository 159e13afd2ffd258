//! Responses that are made in the background: who wants to can watch them, again and again.
//!
//! What was told stays here until the response is kept, so that a watcher who comes back misses
//! nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::Stream;
use store::{Database, DatabaseError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use transcode::reply::response_told::Written;

/// Responses that are kept, and those that are made in the background.
#[derive(Debug)]
pub struct Responses {
    pub(crate) database: Database,
    /// What tells this process from others that share the database.
    pub(crate) node: String,
    live: Mutex<HashMap<String, Arc<Live>>>,
    /// The program ends.
    pub(super) closing: CancellationToken,
}

/// One that is being made.
#[derive(Debug)]
pub(super) struct Live {
    /// Its caller wants it to end.
    pub(super) cancel: CancellationToken,
    is_begun: AtomicBool,
    told: Mutex<Vec<Written>>,
    /// How many events were told, and whether that is all.
    news: watch::Sender<(usize, bool)>,
}

impl Responses {
    /// Ends what this process left unfinished when it ended the last time.
    pub async fn open(database: Database, node: String) -> Result<Self, DatabaseError> {
        let abandoned = database.abandon_responses(&node).await?;
        if abandoned > 0 {
            tracing::warn!(
                responses.count = abandoned,
                "responses were not finished when the program ended; they count as failed"
            );
        }
        Ok(Self {
            database,
            node,
            live: Mutex::default(),
            closing: CancellationToken::new(),
        })
    }

    /// Ends what is made in the background: the program ends.
    pub fn close(&self) {
        self.closing.cancel();
    }

    pub(super) fn add(&self, id: &str) -> Arc<Live> {
        let live = Arc::new(Live {
            cancel: CancellationToken::new(),
            is_begun: AtomicBool::new(false),
            told: Mutex::default(),
            news: watch::Sender::new((0, false)),
        });
        let mut all = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.to_owned(), Arc::clone(&live));
        live
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Live>> {
        let all = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(id).cloned()
    }

    pub(super) fn remove(&self, id: &str) {
        let mut all = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(id);
    }
}

impl Live {
    pub(super) fn begin(&self) {
        self.is_begun.store(true, Ordering::Release);
    }

    pub(super) fn is_begun(&self) -> bool {
        self.is_begun.load(Ordering::Acquire)
    }

    /// Tells more.
    pub(super) fn tell(&self, more: Vec<Written>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.extend(more);
        let count = told.len();
        drop(told);
        self.news.send_modify(|news| news.0 = count);
    }

    /// Nothing more is told.
    pub(super) fn end(&self) {
        self.news.send_modify(|news| news.1 = true);
    }

    /// All that was told.
    pub(super) fn all(&self) -> Vec<Written> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.clone()
    }

    /// Waits until nothing more is told.
    pub(super) async fn ended(&self) {
        let mut news = self.news.subscribe();
        let _gone_is_over = news.wait_for(|(_, is_over)| *is_over).await;
    }

    /// What is told from an event on, as a stream that ends with the answer.
    pub(super) fn watch(self: Arc<Self>, from: usize) -> impl Stream<Item = Vec<u8>> {
        let news = self.news.subscribe();
        futures_util::stream::unfold((self, news, from), |(live, mut news, at)| async move {
            let seen = news
                .wait_for(|(count, is_over)| *count > at || *is_over)
                .await;
            let count = seen.map(|seen| seen.0).unwrap_or_default();
            if count <= at {
                return None;
            }
            let mut out = Vec::new();
            let next = {
                let told = live.told.lock().unwrap_or_else(PoisonError::into_inner);
                told.iter().skip(at).for_each(|event| event.write(&mut out));
                told.len()
            };
            Some((out, (live, news, next)))
        })
    }
}
