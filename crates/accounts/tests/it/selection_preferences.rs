//! What is preferred to what: by capacity, by load, and for a conversation that began alike.

use accounts::{Candidate, Draw, Probe, Quota, Rotation, prefix_hash, select};

use crate::candidates::{NOW, ROTATIONS, draw, idle, idle_ones};

const HOUR: u64 = 3600;

fn with_quota(position: u8, remaining: u64, resets_in: u64) -> Candidate {
    Candidate {
        quota: Quota {
            remaining: Some(remaining),
            capacity: Some(100),
            resets_at: Some(NOW + resets_in),
            is_untouched: false,
        },
        ..idle(position)
    }
}

fn chosen(candidates: &[Candidate]) -> u64 {
    let choice = select(Rotation::QuotaAware, candidates, draw()).unwrap();
    choice.turn
}

#[test]
fn capacity_that_resets_soon_is_used_first() {
    let late = with_quota(0, 60, 3 * HOUR);
    let soon = with_quota(1, 60, HOUR);
    assert_eq!(chosen(&[late, soon]), 1);
}

#[test]
fn of_two_that_reset_together_the_fuller_or_the_less_loaded_is_used() {
    let emptier = with_quota(0, 30, HOUR);
    let fuller = with_quota(1, 90, HOUR);
    assert_eq!(chosen(&[emptier, fuller]), 1);
    let loaded = Candidate {
        in_use: 3,
        ..fuller
    };
    assert_eq!(chosen(&[emptier, loaded]), 0);
}

#[test]
fn the_last_bit_is_spared_while_others_have_plenty_unless_it_is_about_to_lapse() {
    let nearly_empty = with_quota(0, 3, HOUR);
    let plenty = with_quota(1, 60, 3 * HOUR);
    assert_eq!(chosen(&[nearly_empty, plenty]), 1);
    assert_eq!(chosen(&[nearly_empty, with_quota(1, 2, 3 * HOUR)]), 0);
    assert_eq!(chosen(&[with_quota(0, 3, 60), plenty]), 0);
}

#[test]
fn an_unknown_account_stands_between_a_full_and_an_empty_one() {
    let with_remaining = |position, remaining| Candidate {
        quota: Quota {
            remaining,
            capacity: Some(100),
            ..Quota::default()
        },
        ..idle(position)
    };
    let unknown = with_remaining(0, None);
    assert_eq!(chosen(&[unknown, with_remaining(1, Some(90))]), 1);
    assert_eq!(chosen(&[unknown, with_remaining(1, Some(10))]), 0);
}

#[test]
fn an_account_whose_reset_is_not_known_comes_up_after_a_while() {
    let leased_before = |seconds: u64| Candidate {
        last_leased_at_ms: Some((NOW - seconds) * 1000),
        ..idle(0)
    };
    let known = with_quota(1, 50, 600);
    assert_eq!(chosen(&[leased_before(60), known]), 1);
    assert_eq!(chosen(&[leased_before(1500), known]), 0);
}

#[test]
fn one_request_opens_the_window_of_an_account_that_nobody_used_since_its_reset() {
    let mut untouched = with_quota(0, 50, 3 * HOUR);
    untouched.quota.is_untouched = true;
    let soon = with_quota(1, 50, HOUR);
    assert_eq!(chosen(&[untouched, soon]), 0);
    untouched.in_use = 1;
    assert_eq!(chosen(&[untouched, soon]), 1);
}

#[test]
fn who_was_refused_once_gets_the_surest_account() {
    let refused = Candidate {
        is_tried: true,
        ..idle(0)
    };
    let soon = with_quota(1, 20, 60);
    let sure = with_quota(2, 90, 3 * HOUR);
    assert_eq!(chosen(&[refused, soon, sure]), 2);
    assert_eq!(chosen(&[idle(0), soon, sure]), 0, "never used at all");
}

#[test]
fn after_a_cool_down_one_request_goes_first() {
    for rotation in ROTATIONS {
        let due = Candidate {
            held_until: Some(NOW),
            probe: Probe::Due,
            ..idle(0)
        };
        let choice = select(rotation, &[due], draw()).unwrap();
        assert!(choice.is_probe);
        let running = Candidate {
            probe: Probe::Running,
            ..due
        };
        let others = [running, idle(1)];
        assert_eq!(select(rotation, &others, draw()).unwrap().index, 1);
    }
}

fn preferred(rotation: Rotation, candidates: &[Candidate], prefix: &str) -> u64 {
    let draw = Draw {
        affinity: Some(prefix_hash(prefix.as_bytes())),
        ..draw()
    };
    select(rotation, candidates, draw).unwrap().turn
}

#[test]
fn conversations_that_begin_alike_go_to_one_account_and_others_elsewhere() {
    for rotation in [
        Rotation::Random,
        Rotation::LeastLoaded,
        Rotation::QuotaAware,
    ] {
        let candidates = idle_ones(8);
        let mut reversed = candidates.clone();
        reversed.reverse();
        let mut served = [0; 8];
        for number in 0..400 {
            let prefix = format!("You are assistant number {number}.");
            let position = preferred(rotation, &candidates, &prefix);
            assert_eq!(preferred(rotation, &reversed, &prefix), position);
            served[usize::try_from(position).unwrap()] += 1;
        }
        assert!(served.iter().all(|it| (20..=90).contains(it)), "{served:?}");
    }
}

#[test]
fn an_account_that_is_held_back_moves_only_its_own_conversations() {
    let candidates = idle_ones(6);
    let mut one_held = candidates.clone();
    one_held[2].held_until = Some(NOW + 60);
    for number in 0..100 {
        let prefix = number.to_string();
        let before = preferred(Rotation::QuotaAware, &candidates, &prefix);
        let after = preferred(Rotation::QuotaAware, &one_held, &prefix);
        assert_eq!(before == after, before != 2, "{before} {after}");
    }
}

#[test]
fn a_preference_gives_way_to_load_and_to_what_is_left() {
    let candidates = [with_quota(0, 80, HOUR), with_quota(1, 80, HOUR)];
    let home = usize::try_from(preferred(Rotation::LeastLoaded, &candidates, "p")).unwrap();
    let goes_home = |change: fn(&mut Candidate)| {
        let mut changed = candidates;
        change(&mut changed[home]);
        let position = preferred(Rotation::LeastLoaded, &changed, "p");
        usize::try_from(position).unwrap() == home
    };
    assert!(goes_home(|home| home.in_use = 1));
    assert!(!goes_home(|home| home.in_use = 2));
    // Equally loaded, the other was used longer ago: only the preference speaks for this one.
    assert!(goes_home(|home| home.last_leased_at_ms = Some(1)));
    let emptier = |remaining| {
        let mut changed = candidates;
        changed[home].quota.remaining = Some(remaining);
        changed[home].last_leased_at_ms = Some(1);
        preferred(Rotation::LeastLoaded, &changed, "p") == candidates[home].position
    };
    assert!(emptier(60));
    assert!(!emptier(50));
}

#[test]
fn strict_turns_know_no_preference() {
    let candidates = idle_ones(6);
    for number in 0..20 {
        let prefix = number.to_string();
        assert_eq!(preferred(Rotation::RoundRobin, &candidates, &prefix), 0);
    }
}
