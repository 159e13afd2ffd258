//! Slows down whoever guesses: after some failures in a row, each further try has to wait.
//!
//! One count for all: addresses can be changed. Used where people sign in.

use std::sync::{Mutex, PoisonError};

/// So many failures cost nothing.
const FREE: u32 = 5;
const FIRST_WAIT_SECONDS: i64 = 2;
const LONGEST_WAIT_SECONDS: i64 = 300;

/// After so long without a failure, earlier ones do not count any more.
const FORGOTTEN_SECONDS: i64 = 3600;

/// Counts failures.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Failures>);

#[derive(Debug, Default)]
struct Failures {
    count: u32,
    /// When the last one was, in unix seconds.
    at: i64,
    /// No try before this, in unix seconds.
    until: i64,
}

impl Throttle {
    /// How many seconds to wait before a try; `None` when it may be made now.
    pub fn wait(&self, now: i64) -> Option<i64> {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = failures.until.saturating_sub(now);
        (wait > 0).then_some(wait)
    }

    /// Counts a failure.
    pub fn failed(&self, now: i64) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(failures.at) >= FORGOTTEN_SECONDS {
            failures.count = 0;
        }
        failures.at = now;
        failures.count = failures.count.saturating_add(1);
        if let Some(over) = failures.count.checked_sub(FREE) {
            let wait = FIRST_WAIT_SECONDS.saturating_mul(1 << over.min(20));
            failures.until = now.saturating_add(wait.min(LONGEST_WAIT_SECONDS));
        }
    }

    /// Forgets the failures before.
    pub fn succeeded(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Failures::default();
    }
}

#[cfg(test)]
mod tests {
    use super::Throttle;

    #[test]
    fn after_five_failures_each_further_try_waits_longer_until_one_succeeds() {
        let throttle = Throttle::default();
        for _ in 0..4 {
            throttle.failed(100);
            assert_eq!(throttle.wait(100), None);
        }
        let mut waits = Vec::new();
        for _ in 0..10 {
            throttle.failed(100);
            waits.push(throttle.wait(100).unwrap());
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(throttle.wait(400), None);
        throttle.succeeded();
        assert_eq!(throttle.wait(100), None);
    }

    #[test]
    fn failures_are_forgotten_an_hour_after_the_last() {
        let throttle = Throttle::default();
        for _ in 0..8 {
            throttle.failed(100);
        }
        throttle.failed(3600);
        assert_eq!(throttle.wait(3600), Some(32));
        throttle.failed(7200);
        assert_eq!(throttle.wait(7200), None);
    }
}
