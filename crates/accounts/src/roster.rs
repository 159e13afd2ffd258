//! The accounts as they are in memory, and who waits for one. One lock guards it all.
//!
//! Decides with `selection`, remembers with `quota`; does no I/O. Used by the pool alone.

mod candidates;
mod entry;
mod learning;
mod reloading;
mod windows;

use std::collections::{HashMap, VecDeque};

use store::records::AccountId;
use tokio::sync::oneshot;
use upstream::DriverKind;

use crate::pool::Unclaimed;
use crate::quota::QuotaBook;
use crate::scope::Scope;
use crate::selection::{NoChoice, Rotation};

pub(crate) use entry::{Entry, Probing, Trust};
pub(crate) use learning::{Change, Returned};
pub(crate) use reloading::{Stored, StoredHint};

/// Accounts that were on an egress that was challenged wait for others this long.
pub(crate) const EGRESS_REST_SECONDS: u64 = 60;

/// All that changes while requests run.
#[derive(Debug)]
pub(crate) struct Roster {
    /// In the order of upload.
    pub(crate) entries: Vec<Entry>,
    by_key: HashMap<[u8; 16], usize>,
    by_id: HashMap<AccountId, usize>,
    pub(crate) quota: QuotaBook,
    pub(crate) last_turn: Option<u64>,
    pub(crate) waiting: VecDeque<Waiter>,
    /// Egresses that were challenged, and until when they rest.
    egress_rests: HashMap<String, u64>,
    /// What has to be written down or done, with its number.
    outbox: Vec<(u64, Change)>,
    /// The number of the last change.
    changes: u64,
}

/// A request that waits for an account.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) request: Request,
    pub(crate) reply: Reply,
}

/// What an attempt needs, owned, so that it can wait.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The accounts that come into question; all of the pool's when empty.
    pub(crate) allowed: Allowed,
    /// What they are asked through.
    pub(crate) driver: DriverKind,
    pub(crate) tried: Vec<[u8; 16]>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) affinity: Option<u64>,
}

/// Which accounts come into question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// All that are shared.
    All,
    /// Shared ones with one of these ids or labels.
    Named(std::sync::Arc<crate::policy::KeyPolicy>),
    /// This one.
    Only(AccountId),
}

/// An account that was chosen; its place is taken until it is given back.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) id: AccountId,
    pub(crate) renewal: Renewal,
    pub(crate) generation: i64,
    pub(crate) scopes: Vec<Scope>,
    /// Those of the scopes whose cool-down it shows to be over, or not.
    pub(crate) probes: Vec<Scope>,
    /// Unix seconds.
    pub(crate) at: u64,
}

/// Whether the AccessToken has to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// It is good, or cannot be renewed.
    NotNeeded,
    /// It is good for a while yet; somebody should renew it meanwhile.
    Soon,
    /// It cannot be used.
    Now,
}

/// How the roster chooses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) rotation: Rotation,
    pub(crate) max_in_use: Option<u32>,
    pub(crate) renewal_margin_seconds: u64,
}

impl Roster {
    pub(crate) fn new(last_turn: Option<u64>) -> Self {
        Self {
            entries: Vec::new(),
            by_key: HashMap::new(),
            by_id: HashMap::new(),
            quota: QuotaBook::default(),
            last_turn,
            waiting: VecDeque::new(),
            egress_rests: HashMap::new(),
            outbox: Vec::new(),
            changes: 0,
        }
    }

    /// What has to be written down or done since it was last taken; before the lock is free,
    /// so that it stays in order.
    pub(crate) fn take_outbox(&mut self) -> Vec<(u64, Change)> {
        std::mem::take(&mut self.outbox)
    }

    /// Numbers a change, and has it written down or done.
    fn note(&mut self, change: Change) -> u64 {
        self.changes += 1;
        self.outbox.push((self.changes, change));
        self.changes
    }

    pub(crate) fn by_key(&self, key: [u8; 16]) -> Option<&Entry> {
        self.by_key.get(&key).map(|index| &self.entries[*index])
    }

    pub(crate) fn by_id(&self, id: AccountId) -> Option<&Entry> {
        self.by_id.get(&id).map(|index| &self.entries[*index])
    }

    pub(crate) fn by_id_mut(&mut self, id: AccountId) -> Option<&mut Entry> {
        let index = *self.by_id.get(&id)?;
        self.entries.get_mut(index)
    }

    /// Leases that are out.
    pub(crate) fn in_use(&self) -> usize {
        self.entries.iter().map(|it| it.in_use as usize).sum()
    }

    /// Gives accounts to those that wait, the first one first. What is to be sent is sent by
    /// the caller, when the lock is free again.
    pub(crate) fn serve_waiting(&mut self, rules: Rules, now_ms: u64) -> Vec<Served> {
        let mut served = Vec::new();
        // Where those stand that found everything busy: who asks for the same need not ask.
        let mut in_vain: Vec<usize> = Vec::new();
        for waiter in std::mem::take(&mut self.waiting) {
            if waiter.reply.is_closed() {
                continue;
            }
            let asked = |index: &usize| self.waiting[*index].request.is_like(&waiter.request);
            if in_vain.iter().any(asked) {
                self.waiting.push_back(waiter);
                continue;
            }
            match self.grant(&waiter.request, rules, now_ms) {
                Err(NoChoice::AllBusy) => {
                    in_vain.push(self.waiting.len());
                    self.waiting.push_back(waiter);
                }
                result => served.push((waiter.reply, result)),
            }
        }
        served
    }
}

impl Request {
    /// Whether the same accounts come into question at this moment.
    fn is_like(&self, other: &Self) -> bool {
        self.allowed == other.allowed
            && self.driver == other.driver
            && self.scopes == other.scopes
            && self.tried == other.tried
    }
}

/// How one that waits is told.
pub(crate) type Reply = oneshot::Sender<Result<Unclaimed, NoChoice>>;

/// What is to be sent to one that waited.
pub(crate) type Served = (Reply, Result<Granted, NoChoice>);
