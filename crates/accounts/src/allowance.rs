//! How often something may be done within a while, by everybody together.
//!
//! Asked before what strangers can make the gateway do: new seeds, and exchanges of tokens that
//! nobody has shown before.

use std::sync::{Mutex, PoisonError};

/// So many times in each while.
#[derive(Debug)]
pub(crate) struct Allowance {
    times: u32,
    seconds: u64,
    /// When the while began, in unix seconds, and what was taken in it.
    taken: Mutex<(u64, u32)>,
}

impl Allowance {
    pub(crate) fn new(times: u32, seconds: u64) -> Self {
        Self {
            times,
            seconds,
            taken: Mutex::default(),
        }
    }

    /// Whether it may be done once more.
    pub(crate) fn take(&self, now: u64) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.0.saturating_add(self.seconds) <= now {
            *taken = (now, 0);
        }
        let is_left = taken.1 < self.times;
        taken.1 += u32::from(is_left);
        is_left
    }
}
