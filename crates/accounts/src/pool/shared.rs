//! What all clones of the pool share: the roster under its lock, and the ways out of it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use store::{Database, DatabaseError};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use upstream::{Clock, Drivers};

use super::anonymous::Device;
use super::unclaimed::Unclaimed;
use super::{PoolParts, PoolSettings};
use crate::allowance::Allowance;
use crate::journal::{Journal, TURN};
use crate::lease::Holder;
use crate::outcome::Outcome;
use crate::quota::{Hint, HintSource, QuotaBook};
use crate::refresh::Refresher;
use crate::roster::{Change, Returned, Roster, Rules, Served};
use crate::scope::Scope;
use crate::selection::Rotation;

/// Exchanges in a minute of tokens that callers show and nobody has shown before: strangers must not
/// bring upstream to hold all accounts of an egress back.
const NEW_TOKENS_A_MINUTE: u32 = 60;
const MINUTE_SECONDS: u64 = 60;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: PoolSettings,
    pub(crate) database: Database,
    pub(crate) drivers: Drivers,
    pub(crate) refresher: Refresher,
    pub(crate) clock: Clock,
    pub(crate) tasks: TaskTracker,
    /// Where tasks run that are begun when a lease is dropped, wherever that is.
    pub(super) runtime: Handle,
    pub(super) journal: Journal,
    roster: Mutex<Roster>,
    /// What is known of callers' own tokens, apart from the pool's accounts: a token only
    /// claims to be of an account.
    own_quota: Mutex<QuotaBook>,
    /// Tokens of callers that nobody has shown before.
    pub(crate) strangers: Allowance,
    /// Set once, if there is an account without a sign-in.
    pub(super) anonymous: OnceLock<Device>,
    /// Revisions of what was loaded last.
    pub(super) loaded: Mutex<Vec<(String, i64)>>,
    /// Held while loading: what was read later must not be replaced by what was read before.
    pub(super) loading: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(super) async fn open(
        settings: PoolSettings,
        parts: PoolParts,
    ) -> Result<Arc<Self>, DatabaseError> {
        let last_turn = parts.database.turn(TURN).await?;
        let roster = Roster::new(last_turn.and_then(|it| u64::try_from(it).ok()));
        let journal = Journal::start(parts.database.clone(), parts.clock.clone(), &parts.tasks);
        let refresher = Refresher::new(
            parts.database.clone(),
            parts.spool,
            parts.sign_in,
            parts.clock.clone(),
            parts.tasks.clone(),
            &settings,
        );
        Ok(Arc::new(Self {
            settings,
            database: parts.database,
            drivers: parts.drivers,
            refresher,
            clock: parts.clock,
            tasks: parts.tasks,
            runtime: Handle::current(),
            journal,
            roster: Mutex::new(roster),
            own_quota: Mutex::default(),
            strangers: Allowance::new(NEW_TOKENS_A_MINUTE, MINUTE_SECONDS),
            anonymous: OnceLock::new(),
            loaded: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }))
    }

    pub(crate) fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            rotation: self.settings.rotation,
            max_in_use: self.settings.max_in_use,
            renewal_margin_seconds: self.settings.renewal_margin.as_secs(),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.since_epoch().as_secs()
    }

    pub(crate) fn now_signed(&self) -> i64 {
        i64::try_from(self.now()).unwrap_or(i64::MAX)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.since_epoch().as_millis()).unwrap_or(u64::MAX)
    }

    /// Changes the roster; then what comes of it is written down, doubts are looked into, and
    /// those that wait are served.
    pub(crate) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut Roster, u64) -> T) -> T {
        let now = self.now();
        let mut doubts = Vec::new();
        let result = {
            let mut roster = self.roster();
            let result = change(&mut roster, now);
            for (number, change) in roster.take_outbox() {
                match change {
                    Change::Doubt(id, generation) => doubts.push((id, generation)),
                    other if other.is_of_anonymous() => {}
                    other => self.journal.write(number, other),
                }
            }
            result
        };
        for (id, generation) in doubts {
            self.look_into(id, generation);
        }
        self.serve_waiting();
        result
    }

    pub(crate) fn answered(self: &Arc<Self>, holder: Holder, scopes: &[Scope], asked_at: u64) {
        match holder {
            Holder::Stored(id, _) => {
                self.change(|roster, now| roster.answered(id, scopes, asked_at, now));
            }
            Holder::Own(own) => {
                let now = self.now();
                let mut quota = self.own_quota();
                quota.used(own.key, scopes, now);
                quota.cleared(own.key, scopes, asked_at);
            }
        }
    }

    pub(crate) fn reported(
        self: &Arc<Self>,
        holder: Holder,
        scope: &Scope,
        remaining: u64,
        resets_at: Option<u64>,
    ) {
        match holder {
            Holder::Stored(id, _) => {
                self.change(|roster, now| roster.reported(id, scope, remaining, resets_at, now));
            }
            Holder::Own(own) => {
                let now = self.now();
                self.own_quota()
                    .reported(own.key, scope, remaining, resets_at, now);
            }
        }
    }

    pub(crate) fn give_back(self: &Arc<Self>, holder: Holder, probes: &[Scope], outcome: &Outcome) {
        match (holder, outcome) {
            (Holder::Stored(id, generation), _) => {
                let returned = Returned {
                    id,
                    generation,
                    probes,
                    outcome,
                };
                self.change(|roster, now| roster.give_back(returned, now));
            }
            (Holder::Own(own), Outcome::Limited(scope, Some(until))) => {
                let hint = Hint {
                    until: *until,
                    source: HintSource::Refusal,
                };
                let now = self.now();
                self.own_quota().limited_until(own.key, scope, hint, now);
            }
            // It may be the AccessToken of an account that is kept for its owner.
            (Holder::Own(own), Outcome::TokenRejected) => {
                self.change(|roster, _| {
                    let kept = roster.by_key(own.identity);
                    let shown = kept.filter(|it| {
                        let kept = it.credential.as_ref();
                        kept.is_some_and(|it| it.token_key() == own.key)
                    });
                    if let Some((id, generation)) = shown.map(|it| (it.id, it.generation)) {
                        roster.doubt(id, generation);
                    }
                });
            }
            (Holder::Own(_), _) => {}
        }
    }

    pub(crate) fn serve_waiting(self: &Arc<Self>) {
        let (served, turn) = {
            let mut roster = self.roster();
            if roster.waiting.is_empty() {
                return;
            }
            let served = roster.serve_waiting(self.rules(), self.now_ms());
            (served, roster.last_turn)
        };
        self.send(served, turn);
    }

    /// Tells those that waited.
    pub(super) fn send(self: &Arc<Self>, served: Vec<Served>, turn: Option<u64>) {
        if served.is_empty() {
            return;
        }
        self.note_turn(turn);
        for (reply, result) in served {
            let result = result.map(|granted| Unclaimed::new(self, granted));
            // Whoever waited may have gone away: then the place is given back at once.
            drop(reply.send(result));
        }
    }

    /// Has it written down where strict turns go on; nobody else needs to know.
    pub(super) fn note_turn(&self, turn: Option<u64>) {
        if self.settings.rotation == Rotation::RoundRobin {
            self.journal.turn(turn);
        }
    }

    /// Until when a caller's own token cannot do all of `scopes`.
    pub(super) fn own_held_until(&self, key: [u8; 16], scopes: &[Scope]) -> Option<u64> {
        let hint = self.own_quota().hint(key, scopes, self.now());
        hint.map(|hint| hint.until)
    }

    fn own_quota(&self) -> MutexGuard<'_, QuotaBook> {
        self.own_quota
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
