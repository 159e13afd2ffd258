//! A clock that stands until a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use upstream::Clock;

/// When every test begins, in unix seconds.
pub(crate) const NOW: u64 = 1_800_000_000;

#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// For what takes the time as the simulator does.
    pub(super) fn system(&self) -> Arc<dyn Fn() -> SystemTime + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || UNIX_EPOCH + Duration::from_secs(clock.seconds()))
    }

    pub(super) fn clock(&self) -> Clock {
        let system = self.system();
        Clock::new(move || system())
    }
}
