//! What holds for every strategy and all candidates.

use accounts::{Candidate, Draw, NoChoice, Probe, Quota, Rotation, select};
use fastrand::Rng;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select as one_of;

use crate::candidates::{NOW, ROTATIONS, idle_ones, leased};

fn moment() -> impl Strategy<Value = u64> {
    NOW - 3..NOW + 4
}

fn quota() -> impl Strategy<Value = Quota> {
    let left = (option::of(0..50_u64), option::of(0..50_u64));
    (left, option::of(moment()), any::<bool>()).prop_map(|(left, resets_at, is_untouched)| Quota {
        remaining: left.0,
        capacity: left.1,
        resets_at,
        is_untouched,
    })
}

fn candidate() -> impl Strategy<Value = Candidate> {
    let probe = one_of(vec![
        Probe::NotNeeded,
        Probe::NotNeeded,
        Probe::Due,
        Probe::Running,
    ]);
    let load = (0..3_u32, option::of(0..4_u32));
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.8));
    let times = (option::weighted(0.4, moment()), option::of(0..9_u64));
    let who = (any::<[u8; 16]>(), quota());
    (who, load, times, flags, probe).prop_map(|(who, load, times, flags, probe)| Candidate {
        key: who.0,
        position: 0,
        in_use: load.0,
        max_in_use: load.1,
        held_until: times.0,
        is_tried: flags.0,
        is_healthy: flags.1,
        probe,
        last_leased_at_ms: times.1,
        quota: who.1,
    })
}

/// Any candidates, in an order of their own.
fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    vec(candidate(), 0..8).prop_map(|mut candidates| {
        for (candidate, position) in candidates.iter_mut().zip([7, 3, 11, 0, 40, 5, 9, 2]) {
            candidate.position = position;
        }
        candidates
    })
}

fn draws() -> impl Strategy<Value = Draw> {
    let of = (
        any::<u64>(),
        option::of(0..45_u64),
        option::of(any::<u64>()),
    );
    of.prop_map(|(number, last_turn, affinity)| Draw {
        now: NOW,
        number,
        last_turn,
        affinity,
    })
}

/// What stands between a request and an account, the strongest first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    None,
    Busy,
    Tried,
    Held(u64),
    Unhealthy,
}

fn obstacle(candidate: &Candidate) -> Obstacle {
    let is_full = candidate.max_in_use.is_some_and(|m| candidate.in_use >= m);
    match candidate.held_until {
        _ if !candidate.is_healthy => Obstacle::Unhealthy,
        Some(until) if until > NOW => Obstacle::Held(until),
        _ if candidate.is_tried => Obstacle::Tried,
        _ if is_full || candidate.probe == Probe::Running => Obstacle::Busy,
        _ => Obstacle::None,
    }
}

proptest! {
    #[test]
    fn a_choice_is_eligible_and_without_one_the_reason_is_the_least_obstacle(
        rotation in one_of(ROTATIONS.to_vec()),
        candidates in candidates(),
        draw in draws(),
    ) {
        let least = candidates.iter().map(obstacle).min();
        match select(rotation, &candidates, draw) {
            Ok(choice) => {
                let chosen = &candidates[choice.index];
                prop_assert_eq!(obstacle(chosen), Obstacle::None);
                prop_assert_eq!(choice.turn, chosen.position);
                prop_assert_eq!(choice.is_probe, chosen.probe == Probe::Due);
            }
            Err(reason) => prop_assert_eq!(reason, match least {
                None => NoChoice::Empty,
                Some(Obstacle::Unhealthy) => NoChoice::NoneHealthy,
                Some(Obstacle::Held(until)) => NoChoice::AllHeld { until },
                Some(Obstacle::Tried) => NoChoice::AllTried,
                Some(Obstacle::Busy) => NoChoice::AllBusy,
                Some(Obstacle::None) => return Err(TestCaseError::fail("one was eligible")),
            }),
        }
    }

    #[test]
    fn turns_visit_every_eligible_account_once_in_upload_order_whatever_the_start(
        candidates in candidates(),
        draw in draws(),
    ) {
        let eligible = candidates.iter().filter(|it| obstacle(it) == Obstacle::None);
        let mut in_order: Vec<u64> = eligible.map(|it| it.position).collect();
        in_order.sort_unstable();
        let mut draw = draw;
        let mut visited = Vec::new();
        for _ in 0..in_order.len() {
            let choice = select(Rotation::RoundRobin, &candidates, draw).unwrap();
            draw.last_turn = Some(choice.turn);
            visited.push(choice.turn);
        }
        let smallest = visited.iter().enumerate().min_by_key(|(_, position)| **position);
        let shift = smallest.map_or(0, |(index, _)| index);
        visited.rotate_left(shift);
        prop_assert_eq!(visited, in_order);
    }

    #[test]
    fn the_least_loaded_has_no_more_leases_than_any_that_is_eligible(
        candidates in candidates(),
        draw in draws(),
    ) {
        let draw = Draw { affinity: None, ..draw };
        if let Ok(choice) = select(Rotation::LeastLoaded, &candidates, draw) {
            let eligible = candidates.iter().filter(|it| obstacle(it) == Obstacle::None);
            let fewest = eligible.map(|it| it.in_use).min();
            prop_assert_eq!(Some(candidates[choice.index].in_use), fewest);
        }
    }
}

#[test]
fn turns_go_on_where_they_stopped_and_step_over_what_is_gone() {
    let candidates = idle_ones(4);
    let next = |last_turn, candidates: &[Candidate]| {
        let draw = Draw {
            now: NOW,
            last_turn,
            ..Draw::default()
        };
        select(Rotation::RoundRobin, candidates, draw).unwrap().turn
    };
    assert_eq!(next(None, &candidates), 0);
    assert_eq!(next(Some(1), &candidates), 2);
    assert_eq!(next(Some(3), &candidates), 0);
    assert_eq!(next(Some(99), &candidates), 0);
    let without_two = [candidates[0], candidates[1], candidates[3]];
    assert_eq!(next(Some(1), &without_two), 3);
}

#[test]
fn chance_reaches_every_account() {
    let mut positions = leased(Rotation::Random, &mut idle_ones(5), 5);
    positions.sort_unstable();
    assert_eq!(positions, [0, 1, 2, 3, 4]);
}

#[test]
fn nobody_starves_among_equals() {
    for rotation in [Rotation::LeastLoaded, Rotation::QuotaAware] {
        let positions = leased(rotation, &mut idle_ones(5), 50);
        for position in 0..5 {
            let times = positions.iter().filter(|it| **it == position).count();
            assert_eq!(times, 10, "{rotation:?}: {positions:?}");
        }
    }
}

#[test]
fn an_account_in_cool_down_is_chosen_never_in_a_hundred_thousand_picks() {
    let mut chance = Rng::with_seed(24);
    let mut candidates = idle_ones(12);
    let mut picks = 0;
    for number in 0..100_000_u64 {
        let now = NOW + number / 100;
        let limited = chance.usize(..candidates.len());
        candidates[limited].held_until = Some(now + chance.u64(0..12));
        let draw = Draw {
            now,
            number: chance.u64(..),
            last_turn: None,
            affinity: chance.bool().then(|| chance.u64(..)),
        };
        let rotation = ROTATIONS[chance.usize(..ROTATIONS.len())];
        if let Ok(choice) = select(rotation, &candidates, draw) {
            assert!(
                candidates[choice.index]
                    .held_until
                    .is_none_or(|it| it <= now)
            );
            picks += 1;
        }
    }
    assert!(picks > 1000, "{picks}");
}
