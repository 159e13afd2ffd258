//! One account's capacity in one scope: what was reported, what was used since, what was learned.
//!
//! Time goes on when something is told or asked; after a reset all counts start anew.

use super::{Hint, HintSource, LONGEST_HINT_SECONDS, Quota};

/// A report that names no reset is believed this long: upstream's usual window.
const UNDATED_REPORT_SECONDS: u64 = 3 * 3600;

/// Resets that follow sooner are a brake on bursts; nothing is learned of windows from them.
const SHORTEST_WINDOW_SECONDS: u64 = 10 * 60;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Record {
    hint: Option<(Hint, SetAt)>,
    /// Left, by the last report and own use since.
    reported: Option<u64>,
    /// How long that is believed.
    believed_until: u64,
    /// The next reset, stated or expected.
    resets_at: Option<u64>,
    /// Own answers since the last reset.
    used: u64,
    /// The last reset that has passed; without one, `used` may have missed some.
    last_reset: Option<u64>,
    /// The shortest time seen between two resets.
    window: Option<u64>,
    capacity: Option<u64>,
    touched_at: u64,
}

/// When a hint was given, in Unix seconds.
pub(super) type SetAt = u64;

impl Record {
    pub(super) fn used(&mut self, now: u64) {
        self.go_on(now);
        self.used = self.used.saturating_add(1);
        self.reported = self.reported.map(|left| left.saturating_sub(1));
        if self.capacity.is_some_and(|capacity| self.used > capacity) && self.window.is_some() {
            self.capacity = Some(self.used);
        }
    }

    pub(super) fn reported(&mut self, remaining: u64, resets_at: Option<u64>, now: u64) {
        self.go_on(now);
        let stated = resets_at.filter(|at| *at > now);
        if let Some(at) = stated {
            self.reset_is_at(at, now);
        }
        // The first report after a reset is nearest to the whole.
        let known = self.reported.and(self.capacity);
        self.capacity = known.max(Some(remaining.saturating_add(self.used)));
        self.believe(remaining, stated, now);
        match stated {
            _ if remaining > 0 => self.hint = None,
            Some(until) => self.hold(
                Hint {
                    until,
                    source: HintSource::Report,
                },
                now,
            ),
            None => {}
        }
    }

    pub(super) fn limited_until(&mut self, hint: Hint, now: u64) {
        self.go_on(now);
        self.hold(hint, now);
        if hint.source == HintSource::Guess {
            return;
        }
        // Everything since the last reset was one window's: so much it holds, or somewhat more.
        if self.last_reset.is_some() && self.reported.is_none() && self.used > 0 {
            let before = self.capacity.unwrap_or(self.used);
            self.capacity = Some(before.midpoint(self.used));
        }
        self.reset_is_at(hint.until, now);
        self.believe(0, Some(hint.until), now);
    }

    pub(super) fn cleared(&mut self, asked_at: u64) {
        if self.hint.is_some_and(|(_, set_at)| set_at < asked_at) {
            self.hint = None;
            self.reported = self.reported.filter(|left| *left > 0);
        }
    }

    pub(super) fn hint(&self, now: u64) -> Option<Hint> {
        let (hint, _) = self.hint?;
        (hint.until > now).then_some(hint)
    }

    pub(super) fn retain_hint(&mut self, is_wanted: impl Fn(SetAt) -> bool) {
        let was_wanted = self.hint.is_none_or(|(_, set_at)| is_wanted(set_at));
        if !was_wanted {
            self.hint = None;
            self.reported = self.reported.filter(|left| *left > 0);
        }
    }

    pub(super) fn quota(&self, now: u64) -> Quota {
        let mut at = *self;
        at.go_on(now);
        Quota {
            remaining: at.reported.or_else(|| at.learned_remaining()),
            capacity: at.capacity,
            resets_at: at.resets_at,
            is_untouched: at.last_reset.is_some() && at.used == 0 && at.reported.is_none(),
        }
    }

    /// What to keep when there are too many: what holds back, then what was touched last.
    pub(super) fn value(&self, now: u64) -> (bool, u64) {
        (self.hint(now).is_some(), self.touched_at)
    }

    /// Half of what the count says, and half of what an unknown account would be taken for.
    fn learned_remaining(&self) -> Option<u64> {
        let capacity = self.capacity.filter(|_| self.last_reset.is_some())?;
        let left = capacity.checked_sub(self.used)?;
        Some(left.midpoint(capacity / 2))
    }

    fn believe(&mut self, remaining: u64, until: Option<u64>, now: u64) {
        self.reported = Some(remaining);
        self.believed_until = until.unwrap_or(now.saturating_add(UNDATED_REPORT_SECONDS));
    }

    fn hold(&mut self, hint: Hint, now: u64) {
        let until = hint.until.min(now.saturating_add(LONGEST_HINT_SECONDS));
        let longer = self.hint(now).is_none_or(|known| known.until < until);
        if longer {
            self.hint = Some((Hint { until, ..hint }, now));
        }
    }

    fn reset_is_at(&mut self, at: u64, now: u64) {
        let at = at.min(now.saturating_add(LONGEST_HINT_SECONDS));
        self.resets_at = Some(at);
        let since_last = self.last_reset.and_then(|last| at.checked_sub(last));
        if let Some(window) = since_last.filter(|it| *it >= SHORTEST_WINDOW_SECONDS) {
            self.window = Some(self.window.map_or(window, |known| known.min(window)));
        }
    }

    /// Lets resets pass that lie before `now`; the next one is expected after a whole window.
    fn go_on(&mut self, now: u64) {
        self.touched_at = now;
        if self.believed_until <= now {
            self.reported = None;
        }
        let Some(reset) = self.resets_at.filter(|at| *at <= now) else {
            return;
        };
        let windows = self.window.map(|window| (now - reset) / window);
        let reset = reset + windows.unwrap_or(0) * self.window.unwrap_or(0);
        self.last_reset = Some(reset);
        self.resets_at = self.window.map(|window| reset + window);
        self.reported = None;
        self.used = 0;
    }
}
