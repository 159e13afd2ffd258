//! A gateway in simulated time: it leases, asks, learns, tries again, and keeps a line.
//!
//! It knows what a real one knows: its own leases, and what upstream replies.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use accounts::{
    Candidate, Choice, Draw, Hint, HintSource, NoChoice, Probe, QuotaBook, Rotation, Scope,
};
use fastrand::Rng;

use super::demand::{Arrival, Demand};
use super::upstream::{Millis, Reply, Report, Upstream};

/// The first attempt, and three more.
const MAX_ATTEMPTS: usize = 4;
const MAX_WAITING: usize = 100;

/// How long a refusal and the first byte of an answer take.
const REFUSED_AFTER: Millis = 300;
const BEGINS_AFTER: Millis = 1000;

/// An account is held back so long if upstream does not say for how long.
const COOLING_SECONDS: u64 = 60;

/// The start in Unix seconds.
const EPOCH: u64 = 1_800_000_000;

type Choose = fn(Rotation, &[Candidate], Draw) -> Result<Choice, NoChoice>;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) answered: u32,
    /// Callers that were told 429: by a refusal at the last attempt, or because all are held.
    pub(super) limited: u32,
    /// Callers that found the line full.
    pub(super) turned_away: u32,
    pub(super) wasted_attempts: u32,
    /// Times an account was chosen that was held back.
    pub(super) chosen_while_held: u32,
    /// Times an account was chosen that was being probed.
    pub(super) chosen_while_probed: u32,
    pub(super) longest_line: usize,
    /// By account.
    pub(super) most_in_use: Vec<u32>,
    pub(super) served: Vec<u64>,
}

pub(super) struct Gateway<'a> {
    choose: Choose,
    rotation: Rotation,
    upstream: &'a mut Upstream,
    chance: Rng,
    now: Millis,
    accounts: Vec<Account>,
    book: QuotaBook,
    scope: [Scope; 1],
    last_turn: Option<u64>,
    line: VecDeque<Request>,
    agenda: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    events: u64,
    outcome: Outcome,
}

#[derive(Debug, Default, Clone)]
struct Account {
    in_use: u32,
    probe: Probe,
    last_leased_at_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Request {
    takes: Millis,
    tried: Vec<usize>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives(Request),
    Refused(Request, usize, Option<Millis>),
    Begins(usize, u64, Option<(u64, Millis)>),
    Ends(usize),
    OwnerAsks(usize),
    MayBeFree,
}

impl<'a> Gateway<'a> {
    pub(super) fn new(
        choose: Choose,
        rotation: Rotation,
        upstream: &'a mut Upstream,
        seed: u64,
    ) -> Self {
        let count = upstream.accounts.len();
        Self {
            choose,
            rotation,
            upstream,
            chance: Rng::with_seed(seed),
            now: 0,
            accounts: vec![Account::default(); count],
            book: QuotaBook::default(),
            scope: [Scope::Model("m".into())],
            last_turn: None,
            line: VecDeque::new(),
            agenda: BinaryHeap::new(),
            events: 0,
            outcome: Outcome {
                most_in_use: vec![0; count],
                served: vec![0; count],
                ..Outcome::default()
            },
        }
    }

    /// Serves all of a demand.
    pub(super) fn run(mut self, demand: &Demand) -> Outcome {
        for Arrival { at, takes } in &demand.arrivals {
            let request = Request {
                takes: *takes,
                tried: Vec::new(),
            };
            self.plan(*at, Event::Arrives(request));
        }
        for (at, account) in &demand.owners {
            self.plan(*at, Event::OwnerAsks(*account));
        }
        while let Some(Reverse((at, _, event))) = self.agenda.pop() {
            self.now = at;
            self.happens(event);
            self.serve_line();
        }
        assert!(self.line.is_empty(), "somebody waits for ever");
        self.outcome
    }

    fn plan(&mut self, at: Millis, event: Event) {
        self.events += 1;
        self.agenda.push(Reverse((at, self.events, event)));
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Arrives(_) if self.line.len() >= MAX_WAITING => self.outcome.turned_away += 1,
            Event::Arrives(request) => {
                self.line.push_back(request);
                self.outcome.longest_line = self.outcome.longest_line.max(self.line.len());
            }
            Event::Refused(request, account, clears_in) => {
                self.refused(request, account, clears_in);
            }
            Event::Begins(account, asked_at, report) => self.begins(account, asked_at, report),
            Event::Ends(account) => self.accounts[account].in_use -= 1,
            Event::OwnerAsks(account) => {
                self.upstream.ask(account, self.now);
            }
            Event::MayBeFree => {}
        }
    }

    /// Whoever came first is first; while none is free, all wait.
    fn serve_line(&mut self) {
        while let Some(request) = self.line.pop_front() {
            match self.lease(&request) {
                Ok(account) => self.ask(request, account),
                Err(NoChoice::AllBusy) => return self.line.push_front(request),
                Err(_) => self.outcome.limited += 1,
            }
        }
    }

    fn lease(&mut self, request: &Request) -> Result<usize, NoChoice> {
        let now = self.seconds();
        let candidates: Vec<Candidate> = (0..self.accounts.len())
            .map(|index| self.candidate(index, request, now))
            .collect();
        let draw = Draw {
            now,
            number: self.chance.u64(..),
            last_turn: self.last_turn,
            affinity: None,
        };
        let choice = (self.choose)(self.rotation, &candidates, draw)?;
        let chosen = &candidates[choice.index];
        let is_held = chosen.held_until.is_some_and(|until| until > now);
        self.outcome.chosen_while_held += u32::from(is_held);
        let is_probed = chosen.probe == Probe::Running;
        self.outcome.chosen_while_probed += u32::from(is_probed);
        self.last_turn = Some(choice.turn);
        let account = &mut self.accounts[choice.index];
        account.in_use += 1;
        account.last_leased_at_ms = Some(EPOCH * 1000 + self.now);
        if choice.is_probe {
            account.probe = Probe::Running;
        }
        let most = &mut self.outcome.most_in_use[choice.index];
        *most = account.in_use.max(*most);
        Ok(choice.index)
    }

    fn candidate(&self, index: usize, request: &Request, now: u64) -> Candidate {
        let account = &self.accounts[index];
        let key = key(index);
        let hint = self.book.hint(key, &self.scope, now);
        Candidate {
            key,
            position: u64::try_from(index).unwrap(),
            in_use: account.in_use,
            max_in_use: Some(self.upstream.accounts[index].plan.max_in_use),
            held_until: hint.map(|hint| hint.until),
            is_tried: request.tried.contains(&index),
            is_healthy: true,
            probe: account.probe,
            last_leased_at_ms: account.last_leased_at_ms,
            quota: self.book.quota(key, &self.scope, now),
        }
    }

    fn ask(&mut self, request: Request, account: usize) {
        match self.upstream.ask(account, self.now) {
            Reply::Refusal { clears_in } => {
                let event = Event::Refused(request, account, clears_in);
                self.plan(self.now + REFUSED_AFTER, event);
            }
            Reply::Answer(report) => {
                self.outcome.answered += 1;
                self.outcome.served[account] += 1;
                let report = report.map(
                    |Report {
                         remaining,
                         resets_in,
                     }| (remaining, resets_in),
                );
                let begins = Event::Begins(account, self.seconds(), report);
                self.plan(self.now + BEGINS_AFTER, begins);
                self.plan(self.now + request.takes, Event::Ends(account));
            }
        }
    }

    fn refused(&mut self, mut request: Request, index: usize, clears_in: Option<Millis>) {
        let now = self.seconds();
        let hint = match clears_in {
            Some(wait) => Hint {
                until: now + wait.div_ceil(1000),
                source: HintSource::Refusal,
            },
            None => Hint {
                until: now + COOLING_SECONDS,
                source: HintSource::Guess,
            },
        };
        self.book
            .limited_until(key(index), &self.scope[0], hint, now);
        self.plan((hint.until - EPOCH) * 1000, Event::MayBeFree);
        let account = &mut self.accounts[index];
        account.in_use -= 1;
        account.probe = Probe::Due;
        self.outcome.wasted_attempts += 1;
        request.tried.push(index);
        if request.tried.len() < MAX_ATTEMPTS {
            self.line.push_front(request);
        } else {
            self.outcome.limited += 1;
        }
    }

    fn begins(&mut self, index: usize, asked_at: u64, report: Option<(u64, Millis)>) {
        let now = self.seconds();
        self.accounts[index].probe = Probe::NotNeeded;
        self.book.used(key(index), &self.scope, now);
        self.book.cleared(key(index), &self.scope, asked_at);
        if let Some((remaining, resets_in)) = report {
            let resets_at = asked_at + resets_in.div_ceil(1000);
            let scope = &self.scope[0];
            self.book
                .reported(key(index), scope, remaining, Some(resets_at), now);
            self.plan((resets_at - EPOCH) * 1000, Event::MayBeFree);
        }
    }

    fn seconds(&self) -> u64 {
        EPOCH + self.now / 1000
    }
}

fn key(index: usize) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&u64::try_from(index).unwrap().to_be_bytes());
    key
}
