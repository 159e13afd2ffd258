//! What all clones of the pool share: the roster under its lock, and the ways out of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::{Database, DatabaseError};
use tokio_util::task::TaskTracker;
use upstream::Clock;
use upstream::web::WebDriver;

use super::unclaimed::Unclaimed;
use super::{PoolParts, PoolSettings};
use crate::journal::{Journal, TURN};
use crate::lease::Holder;
use crate::outcome::Outcome;
use crate::quota::{Hint, HintSource, QuotaBook};
use crate::refresh::Refresher;
use crate::roster::{Change, Roster, Rules};
use crate::scope::Scope;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: PoolSettings,
    pub(crate) database: Database,
    pub(crate) driver: Arc<WebDriver>,
    pub(crate) refresher: Refresher,
    pub(crate) clock: Clock,
    pub(crate) tasks: TaskTracker,
    pub(super) journal: Journal,
    roster: Mutex<Roster>,
    /// What is known of callers' own tokens, apart from the pool's accounts: a token only
    /// claims to be of an account.
    own_quota: Mutex<QuotaBook>,
    /// Revisions of what was loaded last.
    pub(super) loaded: Mutex<Vec<(String, i64)>>,
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
            driver: parts.driver,
            refresher,
            clock: parts.clock,
            tasks: parts.tasks,
            journal,
            roster: Mutex::new(roster),
            own_quota: Mutex::default(),
            loaded: Mutex::default(),
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

    pub(crate) fn answered(self: &Arc<Self>, holder: Holder, scopes: &[Scope], asked_at: u64) {
        let now = self.now();
        match holder {
            Holder::Stored(id, _) => {
                let changes = self.roster().answered(id, scopes, asked_at, now);
                self.follow(changes);
            }
            Holder::Own(key) => {
                let mut quota = self.own_quota();
                quota.used(key, scopes, now);
                quota.cleared(key, scopes, asked_at);
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
        let now = self.now();
        match holder {
            Holder::Stored(id, _) => {
                let changes = self.roster().reported(id, scope, remaining, resets_at, now);
                self.follow(changes);
            }
            Holder::Own(key) => {
                self.own_quota().reported(key, scope, remaining, resets_at, now);
            }
        }
    }

    pub(crate) fn give_back(
        self: &Arc<Self>,
        holder: Holder,
        scopes: &[Scope],
        outcome: &Outcome,
    ) {
        let now = self.now();
        match holder {
            Holder::Stored(id, _) => {
                let changes = self.roster().give_back(id, scopes, outcome, now);
                self.follow(changes);
            }
            Holder::Own(key) => {
                if let Outcome::Limited(scope, Some(until)) = outcome {
                    let hint = Hint {
                        until: *until,
                        source: HintSource::Refusal,
                    };
                    self.own_quota().limited_until(key, scope, hint, now);
                }
            }
        }
    }

    /// Has changes written down, has doubts looked into, and serves those that wait.
    pub(crate) fn follow(self: &Arc<Self>, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Doubt(id) => self.look_into(id),
                other => self.journal.write(other),
            }
        }
        self.serve_waiting();
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
        self.journal.turn(turn);
        for (reply, result) in served {
            let result = result.map(|granted| Unclaimed::new(self, granted));
            // Whoever waited may have gone away: then the place is given back at once.
            drop(reply.send(result));
        }
    }

    /// Until when a caller's own token cannot do all of `scopes`.
    pub(super) fn own_held_until(&self, key: [u8; 16], scopes: &[Scope]) -> Option<u64> {
        let hint = self.own_quota().hint(key, scopes, self.now());
        hint.map(|hint| hint.until)
    }

    fn own_quota(&self) -> MutexGuard<'_, QuotaBook> {
        self.own_quota.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
