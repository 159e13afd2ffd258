//! The accounts as upstream sees them: windows, capacities, owners, and what it tells of them.
//!
//! A gateway never looks in here; it asks, and reads the reply.

use fastrand::Rng;

/// Simulated time, in milliseconds since the start.
pub(super) type Millis = u64;

/// A kind of account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) accounts: usize,
    pub(super) window: Millis,
    pub(super) capacity: u64,
    pub(super) max_in_use: u32,
    /// In this share of the answers upstream says what is left.
    pub(super) reports: f64,
}

/// How upstream goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Windows follow each other, and some plans are told what is left.
    Usual,
    /// Nobody is told anything but refusals.
    Silent,
    /// A window begins with the first use after the one before.
    FromFirstUse,
}

/// Three plans: those that have least say least.
pub(super) const PLANS: [Plan; 3] = [
    Plan {
        accounts: 20,
        window: 60 * 60_000,
        capacity: 6,
        max_in_use: 2,
        reports: 0.0,
    },
    Plan {
        accounts: 20,
        window: 90 * 60_000,
        capacity: 20,
        max_in_use: 3,
        reports: 0.25,
    },
    Plan {
        accounts: 10,
        window: 180 * 60_000,
        capacity: 40,
        max_in_use: 4,
        reports: 1.0,
    },
];

/// Of so many accounts one is also used by its owner.
const OWNED: usize = 4;

/// Owners use so much of what an account can do.
const OWNERS_SHARE: f64 = 0.25;

/// So many refusals name no moment.
const SILENT_REFUSALS: f64 = 0.1;

pub(super) struct Upstream {
    pub(super) accounts: Vec<Account>,
    habit: Habit,
    chance: Rng,
}

pub(super) struct Account {
    pub(super) plan: Plan,
    window_ends: Millis,
    used: u64,
}

/// What upstream says is left, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    pub(super) remaining: u64,
    pub(super) resets_in: Millis,
}

/// What a question is answered with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reply {
    Answer(Option<Report>),
    Refusal { clears_in: Option<Millis> },
}

impl Upstream {
    /// Fifty accounts, each somewhere in its window, as far used up as it would be by then.
    pub(super) fn new(seed: u64, habit: Habit) -> Self {
        let mut chance = Rng::with_seed(seed);
        let mut plans: Vec<Plan> = PLANS
            .iter()
            .flat_map(|plan| std::iter::repeat_n(*plan, plan.accounts))
            .collect();
        chance.shuffle(&mut plans);
        let accounts = plans.into_iter().map(|plan| {
            let elapsed = chance.u64(0..plan.window);
            Account {
                plan,
                window_ends: plan.window - elapsed,
                used: plan.capacity * elapsed / plan.window,
            }
        });
        Self {
            accounts: accounts.collect(),
            habit,
            chance,
        }
    }

    /// Somebody asks with the token of an account.
    pub(super) fn ask(&mut self, account: usize, at: Millis) -> Reply {
        let account = &mut self.accounts[account];
        account.go_on(at, self.habit);
        let resets_in = account.window_ends - at;
        if account.used >= account.plan.capacity {
            let is_silent = self.chance.f64() < SILENT_REFUSALS;
            return Reply::Refusal {
                clears_in: (!is_silent).then_some(resets_in),
            };
        }
        account.used += 1;
        let says = self.habit != Habit::Silent && self.chance.f64() < account.plan.reports;
        Reply::Answer(says.then_some(Report {
            remaining: account.plan.capacity - account.used,
            resets_in,
        }))
    }
}

impl Account {
    fn go_on(&mut self, at: Millis, habit: Habit) {
        let Some(late) = at.checked_sub(self.window_ends) else {
            return;
        };
        self.used = 0;
        self.window_ends = match habit {
            Habit::FromFirstUse => at + self.plan.window,
            Habit::Usual | Habit::Silent => at + self.plan.window - late % self.plan.window,
        };
    }
}

/// Whether an account has an owner who uses it.
pub(super) fn has_owner(account: usize) -> bool {
    account.is_multiple_of(OWNED)
}

/// Answers a second that an account can give, and its owner takes.
pub(super) fn rates(account: usize, plan: Plan) -> (f64, f64) {
    let rate = real(plan.capacity) / (real(plan.window) / 1000.0);
    let share = if has_owner(account) {
        OWNERS_SHARE
    } else {
        0.0
    };
    (rate, rate * share)
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn real(number: u64) -> f64 {
    number as f64
}
