//! What a choice is made from, and what comes of it. Plain values, filled in by the pool.

use crate::quota::Quota;

/// An account that might be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Who it is.
    pub key: [u8; 16],
    /// Its place in the order the accounts were given; gaps are allowed.
    pub position: u64,
    /// Leases that are out, on all nodes as far as is known.
    pub in_use: u32,
    /// No more leases than this at once.
    pub max_in_use: Option<u32>,
    /// Not to be asked before this moment, in Unix seconds.
    pub held_until: Option<u64>,
    /// Whether this request has tried it already.
    pub is_tried: bool,
    /// Whether it is enabled and its credential works.
    pub is_healthy: bool,
    /// Whether it has yet to show that its cool-down is over.
    pub probe: Probe,
    /// When it was leased last, in Unix milliseconds.
    pub last_leased_at_ms: Option<u64>,
    /// What is known of its capacity.
    pub quota: Quota,
}

/// After a cool-down one request goes first, and the others wait for what comes of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Probe {
    /// Nothing to find out.
    #[default]
    NotNeeded,
    /// Nobody has asked since the cool-down: the next lease is the probe.
    Due,
    /// The probe is on its way.
    Running,
}

/// One choice to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Draw {
    /// Unix seconds.
    pub now: u64,
    /// A random number.
    pub number: u64,
    /// [`Choice::turn`] of the choice before, kept over restarts; `None` to start at the first.
    pub last_turn: Option<u64>,
    /// [`prefix_hash`](super::prefix_hash) of the conversation, to stay with one account.
    pub affinity: Option<u64>,
}

/// The account that is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Which of the candidates.
    pub index: usize,
    /// Where strict turns go on from: [`Draw::last_turn`] of the next choice.
    pub turn: u64,
    /// Whether this lease probes the account: it is [`Probe::Running`] from now on.
    pub is_probe: bool,
}

/// Why no account is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoChoice {
    /// There is none at all.
    Empty,
    /// There are some, and all are disabled or broken.
    NoneHealthy,
    /// All that are left are in use as much as they may be, or wait for a probe: wait in line.
    AllBusy,
    /// All are held back.
    AllHeld {
        /// When the first is not any more, in Unix seconds.
        until: u64,
    },
    /// Those that could be asked were tried by this request.
    AllTried,
}

impl Candidate {
    /// Whether it may be leased now.
    pub fn is_eligible(&self, now: u64) -> bool {
        self.is_usable(now) && !self.is_busy()
    }

    /// Whether only its load may be in the way.
    fn is_usable(&self, now: u64) -> bool {
        self.is_healthy && !self.is_tried && self.held(now).is_none()
    }

    fn is_busy(&self) -> bool {
        let is_full = self.max_in_use.is_some_and(|max| self.in_use >= max);
        is_full || self.probe == Probe::Running
    }

    fn held(&self, now: u64) -> Option<u64> {
        self.held_until.filter(|until| *until > now)
    }
}

impl NoChoice {
    /// Why none of `candidates` is eligible.
    pub(super) fn reason(candidates: &[Candidate], now: u64) -> Self {
        if candidates.is_empty() {
            return Self::Empty;
        }
        if candidates.iter().any(|it| it.is_usable(now)) {
            return Self::AllBusy;
        }
        let healthy = || candidates.iter().filter(|it| it.is_healthy);
        if healthy().any(|it| it.held(now).is_none()) {
            return Self::AllTried;
        }
        match healthy().filter_map(|it| it.held(now)).min() {
            Some(until) => Self::AllHeld { until },
            None => Self::NoneHealthy,
        }
    }
}
