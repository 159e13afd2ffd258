//! What the pool learned, written down off the way of requests.
//!
//! Hints, not promises: what is lost in a crash is learned again. When too much waits to be
//! written, the newest is dropped, and the log says so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use store::records::{StoredCoolDown, StoredHealth};
use store::{Database, DatabaseError};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use upstream::Clock;

use crate::quota::HintSource;
use crate::roster::Change;

/// Entries that may wait.
const QUEUE: usize = 4096;

/// Where round robin goes on, in the database.
pub(crate) const TURN: &str = "accounts";

#[derive(Debug)]
pub(crate) struct Journal {
    /// Nothing once the journal is closed.
    queue: Mutex<Option<mpsc::Sender<Note>>>,
    /// The number of the last change that was written.
    written: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Note {
    Change(u64, Change),
    Turn(u64),
    /// All before it was written.
    Reached(oneshot::Sender<()>),
}

impl Journal {
    /// Starts the one task that writes; it ends when the journal is closed.
    pub(crate) fn start(database: Database, clock: Clock, tasks: &TaskTracker) -> Self {
        let (queue, notes) = mpsc::channel(QUEUE);
        let written = Arc::default();
        tasks.spawn(write_all(notes, database, clock, Arc::clone(&written)));
        Self {
            queue: Mutex::new(Some(queue)),
            written,
        }
    }

    /// Takes a change; they are written in the order in which they are given here.
    pub(crate) fn write(&self, number: u64, change: Change) {
        self.note(Note::Change(number, change));
    }

    /// The number of the last change that was written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Waits until all that was noted is written.
    pub(crate) async fn flush(&self) {
        let (reply, reached) = oneshot::channel();
        self.note(Note::Reached(reply));
        // One that was dropped for want of room, or because of the end, waits for nothing.
        let _reached = reached.await;
    }

    pub(crate) fn turn(&self, turn: Option<u64>) {
        if let Some(turn) = turn {
            self.note(Note::Turn(turn));
        }
    }

    /// What was noted is still written; nothing is noted any more.
    pub(crate) fn close(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    fn note(&self, note: Note) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = queue.as_ref().map(|queue| queue.try_send(note));
        if matches!(sent, Some(Err(_))) {
            tracing::warn!("the state of an account was not written down: the database is slow");
        }
    }
}

async fn write_all(
    mut notes: mpsc::Receiver<Note>,
    database: Database,
    clock: Clock,
    written: Arc<AtomicU64>,
) {
    let mut waiting = Vec::new();
    while notes.recv_many(&mut waiting, QUEUE).await > 0 {
        // Of turns only the last one counts.
        let turn = waiting.iter().rev().find_map(|note| match note {
            Note::Turn(turn) => Some(*turn),
            Note::Change(..) | Note::Reached(_) => None,
        });
        if let Some(turn) = turn {
            let turn = i64::try_from(turn).unwrap_or(i64::MAX);
            report(database.set_turn(TURN, turn).await);
        }
        for note in waiting.drain(..) {
            match note {
                Note::Change(number, change) => {
                    let now = i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
                    report(write(&database, change, now).await);
                    written.store(number, Ordering::Release);
                }
                Note::Turn(_) => {}
                Note::Reached(reply) => {
                    let _gone = reply.send(());
                }
            }
        }
    }
}

async fn write(database: &Database, change: Change, now: i64) -> Result<(), DatabaseError> {
    match change {
        Change::Health(id, health) => {
            let health = StoredHealth {
                state: health.word().to_owned(),
                reason: health.reason().map(str::to_owned),
                since: now,
            };
            database.set_health(id, health).await
        }
        Change::CoolDown {
            id,
            scope,
            until,
            source,
        } => {
            let cool_down = StoredCoolDown {
                account: id,
                scope: scope.to_string(),
                until: i64::try_from(until).unwrap_or(i64::MAX),
                source: source_word(source).to_owned(),
                noted_at: now,
            };
            database.note_cool_down(cool_down).await
        }
        Change::CoolDownOver(id, scope) => {
            let cleared = database.clear_cool_down(id, Some(scope.to_string())).await;
            cleared.map(drop)
        }
        Change::Windows(id, windows) => {
            let windows = windows.iter().map(|it| it.stored(id)).collect();
            database.note_quota_windows(windows).await
        }
        Change::Doubt(..) => Ok(()),
    }
}

fn report(written: Result<(), DatabaseError>) {
    if let Err(error) = written {
        tracing::warn!("the state of an account was not written down: {error}");
    }
}

pub(crate) fn source_word(source: HintSource) -> &'static str {
    match source {
        HintSource::Refusal => "refusal",
        HintSource::Report => "report",
        HintSource::Guess => "guess",
    }
}

pub(crate) fn source_of(word: &str) -> HintSource {
    match word {
        "refusal" => HintSource::Refusal,
        "report" => HintSource::Report,
        _ => HintSource::Guess,
    }
}
