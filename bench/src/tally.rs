//! What the chats of a load add to while they run, and what is read off when a window begins and
//! ends. Used by `load` and the chats.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long one chat took, from before its first byte was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Milliseconds to the first text.
    pub(crate) first_ms: f64,
    /// Milliseconds to the end.
    pub(crate) total_ms: f64,
}

/// Counts since the window began.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    chunks: AtomicU64,
    failures: AtomicU64,
    timings: Mutex<Vec<Timing>>,
    failure: Mutex<Option<String>>,
}

/// What a tally held when it was read.
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) chunks: u64,
    pub(crate) failures: u64,
    /// One per chat that ended well.
    pub(crate) timings: Vec<Timing>,
    /// The first failure, as text.
    pub(crate) failure: Option<String>,
}

impl Tally {
    pub(crate) fn add_chunks(&self, count: u64) {
        self.chunks.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn add_chat(&self, timing: Timing) {
        lock(&self.timings).push(timing);
    }

    pub(crate) fn add_failure(&self, error: &anyhow::Error) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        lock(&self.failure).get_or_insert_with(|| format!("{error:#}"));
    }

    /// Reads everything and begins anew.
    pub(crate) fn take(&self) -> Count {
        Count {
            chunks: self.chunks.swap(0, Ordering::Relaxed),
            failures: self.failures.swap(0, Ordering::Relaxed),
            timings: std::mem::take(&mut *lock(&self.timings)),
            failure: lock(&self.failure).take(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_begins_anew() {
        let tally = Tally::default();
        tally.add_chunks(3);
        tally.add_chunks(2);
        tally.add_failure(&anyhow::anyhow!("first"));
        tally.add_failure(&anyhow::anyhow!("second"));
        tally.add_chat(Timing {
            first_ms: 1.0,
            total_ms: 2.0,
        });
        let count = tally.take();
        assert_eq!((count.chunks, count.failures), (5, 2));
        assert_eq!(count.failure.as_deref(), Some("first"));
        assert_eq!(count.timings.len(), 1);
        let count = tally.take();
        assert_eq!((count.chunks, count.failures), (0, 0));
        assert!(count.timings.is_empty() && count.failure.is_none());
    }
}
