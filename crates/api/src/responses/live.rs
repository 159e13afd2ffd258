//! Responses that are made in the background: who wants to can watch them, again and again.
//!
//! What was told stays here until the response is kept, so that a watcher who comes back misses
//! nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::Stream;
use http::StatusCode;
use store::{Database, DatabaseError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use transcode::reply::response_told::Written;
use web::{ApiError, ErrorClass};

/// How many may be made at once for one caller, and for all together.
const MAX_FOR_ONE: usize = 64;
const MAX_FOR_ALL: usize = 512;

/// What is told of one response is not more than this.
const MAX_TOLD_BYTES: usize = 32 << 20;

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
    /// No more can be told.
    pub(super) full: CancellationToken,
    owner: Option<String>,
    is_begun: AtomicBool,
    told: Mutex<Vec<Written>>,
    told_bytes: AtomicUsize,
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

    /// One more, if `owner` and all together do not have too many.
    pub(super) fn add(&self, id: &str, owner: Option<&str>) -> Result<Arc<Live>, ApiError> {
        let live = Arc::new(Live::new(owner));
        let mut all = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        check_room(&all, owner)?;
        all.insert(id.to_owned(), Arc::clone(&live));
        Ok(live)
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

fn check_room(all: &HashMap<String, Arc<Live>>, owner: Option<&str>) -> Result<(), ApiError> {
    let of_owner = all.values().filter(|it| it.owner.as_deref() == owner);
    if of_owner.count() >= MAX_FOR_ONE {
        return Err(too_many(&format!("you have {MAX_FOR_ONE}")));
    }
    if all.len() >= MAX_FOR_ALL {
        return Err(too_many(&format!("the gateway makes {MAX_FOR_ALL}")));
    }
    Ok(())
}

fn too_many(who: &str) -> ApiError {
    let message = format!(
        "background: {who} responses in the background under way; wait for one to end, or cancel one"
    );
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        ErrorClass::RateLimit,
        "too_many_background_responses",
        message,
    )
    .with_param("background")
}

impl Live {
    fn new(owner: Option<&str>) -> Self {
        Self {
            cancel: CancellationToken::new(),
            full: CancellationToken::new(),
            owner: owner.map(str::to_owned),
            is_begun: AtomicBool::new(false),
            told: Mutex::default(),
            told_bytes: AtomicUsize::new(0),
            news: watch::Sender::new((0, false)),
        }
    }

    pub(super) fn begin(&self) {
        self.is_begun.store(true, Ordering::Release);
    }

    pub(super) fn is_begun(&self) -> bool {
        self.is_begun.load(Ordering::Acquire)
    }

    /// Tells more.
    pub(super) fn tell(&self, more: Vec<Written>) {
        let bytes: usize = more.iter().map(|event| event.json.len()).sum();
        if self.told_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_TOLD_BYTES {
            self.full.cancel();
        }
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
        self.all_from(0)
    }

    fn all_from(&self, at: usize) -> Vec<Written> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(at..).unwrap_or_default().to_vec()
    }

    /// Waits until nothing more is told.
    pub(super) async fn ended(&self) {
        let mut news = self.news.subscribe();
        let _gone_is_over = news.wait_for(|(_, is_over)| *is_over).await;
    }

    /// What is told from an event on, as a stream that ends with the answer.
    pub(super) fn watch(self: Arc<Self>, from: usize) -> impl Stream<Item = Vec<Written>> {
        let news = self.news.subscribe();
        futures_util::stream::unfold((self, news, from), |(live, mut news, at)| async move {
            let seen = news
                .wait_for(|(count, is_over)| *count > at || *is_over)
                .await;
            let count = seen.map(|seen| seen.0).unwrap_or_default();
            if count <= at {
                return None;
            }
            let told = live.all_from(at);
            let next = at + told.len();
            Some((told, (live, news, next)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use transcode::reply::response_told::Written;

    use super::{Live, MAX_FOR_ALL, MAX_FOR_ONE, MAX_TOLD_BYTES, check_room};

    fn live(owner: &str, count: usize, all: &mut HashMap<String, Arc<Live>>) {
        for number in 0..count {
            let live = Arc::new(Live::new(Some(owner)));
            all.insert(format!("{owner} {number}"), live);
        }
    }

    #[test]
    fn one_caller_has_so_many_under_way_and_all_together_have_more() {
        let mut all = HashMap::new();
        live("a", MAX_FOR_ONE - 1, &mut all);
        assert!(check_room(&all, Some("a")).is_ok());
        live("a", MAX_FOR_ONE, &mut all);
        let refused = check_room(&all, Some("a")).unwrap_err();
        assert_eq!(
            (refused.status().as_u16(), refused.code()),
            (429, "too_many_background_responses")
        );
        assert!(check_room(&all, Some("b")).is_ok());
        for number in 0..MAX_FOR_ALL / MAX_FOR_ONE {
            live(&format!("c{number}"), MAX_FOR_ONE, &mut all);
        }
        assert!(check_room(&all, Some("b")).is_err());
    }

    #[test]
    fn what_tells_too_much_is_full() {
        let live = Live::new(None);
        let event = |bytes| Written {
            name: "response.output_text.delta".into(),
            json: vec![b' '; bytes],
        };
        live.tell(vec![event(MAX_TOLD_BYTES)]);
        assert!(!live.full.is_cancelled());
        live.tell(vec![event(1)]);
        assert!(live.full.is_cancelled());
    }
}
