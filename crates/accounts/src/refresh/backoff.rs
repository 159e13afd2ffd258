//! When an account, or a whole egress, may ask the sign-in service again after a failure.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// After the first failure; doubled with each further one.
const FIRST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(1);

/// With more than this, those whose wait has long been over are forgotten.
const MANY: usize = 1000;

/// By account id, or by the name of an egress.
#[derive(Debug, Default)]
pub(super) struct Backoff(Mutex<HashMap<String, Failed>>);

#[derive(Debug, Clone, Copy)]
struct Failed {
    times: u32,
    /// Unix seconds.
    until: u64,
}

impl Backoff {
    /// Until when `who` has to wait.
    pub(super) fn until(&self, who: &str, now: u64) -> Option<u64> {
        let failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = failed.get(who).map(|it| it.until);
        until.filter(|until| *until > now)
    }

    /// One more failure; `stated` is how long the service asks to wait. `chance` is below 1.
    pub(super) fn failed(&self, who: &str, stated: Option<Duration>, now: u64, chance: f64) {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() > MANY {
            failed.retain(|_, it| it.until.saturating_add(LONGEST.as_secs()) > now);
        }
        let it = failed
            .entry(who.to_owned())
            .or_insert(Failed { times: 0, until: 0 });
        let doubled = FIRST.saturating_mul(1 << it.times.min(10)).min(LONGEST);
        // Never less than half, so that many accounts do not come back together.
        let wait = stated.unwrap_or_else(|| doubled.mul_f64(0.5 + chance / 2.0));
        it.times = it.times.saturating_add(1);
        it.until = now.saturating_add(wait.min(LONGEST).as_secs());
    }

    pub(super) fn succeeded(&self, who: &str) {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn the_wait_doubles_up_to_an_hour_and_a_success_ends_it() {
        let backoff = Backoff::default();
        let mut waits = Vec::new();
        for _ in 0..8 {
            backoff.failed("a", None, 1000, 0.999_999);
            waits.push(backoff.until("a", 1000).unwrap() - 1000);
        }
        assert_eq!(waits, [59, 119, 239, 479, 959, 1919, 3599, 3599]);
        assert_eq!(backoff.until("a", 5000), None);
        assert_eq!(backoff.until("b", 1000), None);
        backoff.succeeded("a");
        assert_eq!(backoff.until("a", 1000), None);
    }

    #[test]
    fn what_the_service_states_counts_but_not_for_ever() {
        let backoff = Backoff::default();
        backoff.failed("a", Some(Duration::from_secs(7)), 0, 0.0);
        assert_eq!(backoff.until("a", 0), Some(7));
        backoff.failed("a", Some(Duration::MAX), 0, 0.0);
        assert_eq!(backoff.until("a", 0), Some(3600));
    }
}
