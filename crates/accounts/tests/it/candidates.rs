//! Candidates for the tests to change.

use accounts::{Candidate, Draw, Probe, Quota, Rotation, select};

pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) const ROTATIONS: [Rotation; 4] = [
    Rotation::Random,
    Rotation::RoundRobin,
    Rotation::LeastLoaded,
    Rotation::QuotaAware,
];

/// An account that can be leased and of which nothing is known.
pub(crate) fn idle(position: u8) -> Candidate {
    Candidate {
        key: [position; 16],
        position: position.into(),
        in_use: 0,
        max_in_use: Some(4),
        held_until: None,
        is_tried: false,
        is_healthy: true,
        probe: Probe::NotNeeded,
        last_leased_at_ms: None,
        quota: Quota::default(),
    }
}

pub(crate) fn idle_ones(count: u8) -> Vec<Candidate> {
    (0..count).map(idle).collect()
}

pub(crate) fn draw() -> Draw {
    Draw {
        now: NOW,
        ..Draw::default()
    }
}

/// Leases so many times one after the other, giving each back at once: the positions chosen.
pub(crate) fn leased(rotation: Rotation, candidates: &mut [Candidate], times: u64) -> Vec<u64> {
    let mut last_turn = None;
    let mut positions = Vec::new();
    for number in 0..times {
        let draw = Draw {
            number,
            last_turn,
            ..draw()
        };
        let choice = select(rotation, candidates, draw).unwrap();
        candidates[choice.index].last_leased_at_ms = Some(NOW * 1000 + number);
        last_turn = Some(choice.turn);
        positions.push(choice.turn);
    }
    positions
}
