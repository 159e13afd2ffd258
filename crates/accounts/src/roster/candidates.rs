//! From accounts to candidates, and from a choice to an account whose place is taken.

use store::records::AccountId;
use upstream::{ChallengeKind, DriverKind};

use super::{Allowed, Entry, Granted, Request, Roster, Rules, Trust};
use crate::health::Health;
use crate::selection::{Candidate, Draw, NoChoice, Probe, select};

/// Accounts of a later rank are asked only when none of an earlier one can ever be.
const RANKS: [Rank; 4] = [
    Rank::Sound,
    Rank::RestedEgress,
    Rank::Challenged,
    Rank::Anonymous,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Sound,
    RestedEgress,
    Challenged,
    Anonymous,
}

impl Roster {
    /// Chooses an account and takes a place on it.
    pub(crate) fn grant(
        &mut self,
        request: &Request,
        rules: Rules,
        now_ms: u64,
    ) -> Result<Granted, NoChoice> {
        let now = now_ms / 1000;
        let draw = Draw {
            now,
            number: fastrand::u64(..),
            last_turn: self.last_turn,
            affinity: request.affinity,
        };
        let indexes: Vec<usize> = (0..self.entries.len())
            .filter(|index| request.admits(&self.entries[*index]))
            .collect();
        let mut last = NoChoice::Empty;
        for rank in RANKS {
            if rank == Rank::Anonymous && !request.may_be_anonymous(last) {
                break;
            }
            let candidates: Vec<Candidate> = indexes
                .iter()
                .map(|index| self.candidate(&self.entries[*index], request, rules, rank, now))
                .collect();
            match select(rules.rotation, &candidates, draw) {
                Ok(choice) => {
                    let index = indexes[choice.index];
                    if rank != Rank::Anonymous {
                        self.last_turn = Some(choice.turn);
                    }
                    return Ok(self.take(index, request, rules, now_ms));
                }
                // One that is only busy is waited for, rather than another troubled.
                Err(NoChoice::AllBusy) => return Err(NoChoice::AllBusy),
                Err(reason) => last = reason,
            }
        }
        Err(last)
    }

    fn candidate(
        &self,
        entry: &Entry,
        request: &Request,
        rules: Rules,
        worst: Rank,
        now: u64,
    ) -> Candidate {
        let rank = self.rank(entry, now);
        let is_challenged = matches!(entry.health, Health::NeedsAttention(_));
        let is_healthy = !entry.is_dead(now) && rank <= worst;
        let hint = self.quota.hint(entry.key, &request.scopes, now);
        Candidate {
            key: entry.key,
            position: entry.position,
            in_use: entry.in_use,
            max_in_use: match entry.trust {
                // It will be known in a moment whether it serves: that is waited for.
                Trust::Doubted => Some(0),
                _ if is_challenged => Some(1),
                _ => entry.max_in_use.or(rules.max_in_use),
            },
            held_until: hint.map(|hint| hint.until),
            is_tried: request.tried.contains(&entry.key),
            is_healthy,
            probe: entry.probe(request, now),
            last_leased_at_ms: entry.last_leased_at_ms,
            quota: self.quota.quota(entry.key, &request.scopes, now),
        }
    }

    fn rank(&self, entry: &Entry, now: u64) -> Rank {
        if entry.is_anonymous() {
            return Rank::Anonymous;
        }
        if matches!(entry.health, Health::NeedsAttention(_)) {
            return Rank::Challenged;
        }
        let rest = self.egress_rests.get(&entry.egress_name);
        match rest {
            Some(until) if *until > now => Rank::RestedEgress,
            _ => Rank::Sound,
        }
    }

    /// Lets an egress rest after a challenge that is about the connection.
    pub(super) fn rest_egress(&mut self, egress: String, kind: ChallengeKind, now: u64) {
        let is_about_connection = matches!(
            kind,
            ChallengeKind::Cloudflare | ChallengeKind::UnusualActivity
        );
        if is_about_connection {
            self.egress_rests.retain(|_, until| *until > now);
            let until = now.saturating_add(super::EGRESS_REST_SECONDS);
            self.egress_rests.insert(egress, until);
        }
    }

    /// Takes a place on an account, whatever its load.
    pub(crate) fn take(
        &mut self,
        index: usize,
        request: &Request,
        rules: Rules,
        now_ms: u64,
    ) -> Granted {
        let now = now_ms / 1000;
        let entry = &mut self.entries[index];
        entry.in_use += 1;
        entry.last_leased_at_ms = Some(now_ms);
        let mut probes = Vec::new();
        for scope in &request.scopes {
            let probing = entry.probing.get_mut(scope).filter(|it| !it.is_running);
            if let Some(probing) = probing {
                probing.is_running = true;
                probes.push(scope.clone());
            }
        }
        Granted {
            id: entry.id,
            renewal: entry.renewal(rules, now),
            generation: entry.generation,
            scopes: request.scopes.clone(),
            probes,
            at: now,
        }
    }

    /// The account that would be asked next if none had anything to do; never the one without
    /// a sign-in, and an API key where there is no account of ChatGPT.
    pub(crate) fn first_choice(&self, rules: Rules, now: u64) -> Result<AccountId, NoChoice> {
        match self.first_choice_of(DriverKind::Web, rules, now) {
            Err(NoChoice::Empty) => self.first_choice_of(DriverKind::Platform, rules, now),
            choice => choice,
        }
    }

    fn first_choice_of(
        &self,
        driver: DriverKind,
        rules: Rules,
        now: u64,
    ) -> Result<AccountId, NoChoice> {
        let request = Request {
            allowed: Allowed::All,
            driver,
            tried: Vec::new(),
            scopes: Vec::new(),
            affinity: None,
        };
        let draw = Draw {
            now,
            number: fastrand::u64(..),
            last_turn: self.last_turn,
            affinity: None,
        };
        let admitted = self.entries.iter().filter(|it| request.admits(it));
        let entries: Vec<&Entry> = admitted.filter(|it| !it.is_anonymous()).collect();
        let mut last = NoChoice::Empty;
        for rank in RANKS {
            let idle = |entry: &&Entry| Candidate {
                max_in_use: None,
                ..self.candidate(entry, &request, rules, rank, now)
            };
            let candidates: Vec<Candidate> = entries.iter().map(idle).collect();
            match select(rules.rotation, &candidates, draw) {
                Ok(choice) => return Ok(entries[choice.index].id),
                Err(reason) => last = reason,
            }
        }
        Err(last)
    }

    /// When the first account that comes into question can be asked again.
    pub(crate) fn soonest_reset(&self, request: &Request, now: u64) -> Option<u64> {
        let entries = self.entries.iter();
        let usable = entries.filter(|it| request.admits(it) && !it.is_dead(now));
        let held = usable.filter_map(|it| self.quota.hint(it.key, &request.scopes, now));
        held.map(|hint| hint.until).min()
    }
}

impl Entry {
    fn probe(&self, request: &Request, now: u64) -> Probe {
        let wanted = request.scopes.iter();
        let probing = wanted.filter_map(|scope| self.probing.get(scope));
        let mut probe = Probe::NotNeeded;
        for it in probing {
            if it.is_running {
                return Probe::Running;
            }
            if it.from <= now {
                probe = Probe::Due;
            }
        }
        probe
    }
}

impl Request {
    fn admits(&self, entry: &Entry) -> bool {
        self.allowed.admits(entry) && entry.serves(self.driver)
    }
}

impl Allowed {
    pub(crate) fn admits(&self, entry: &Entry) -> bool {
        match self {
            Self::All => entry.is_shared,
            Self::Named(policy) => {
                entry.is_shared && policy.allows_account(&entry.id.to_string(), &entry.label)
            }
            Self::Only(id) => entry.id == *id,
        }
    }
}
