//! Fifty accounts of three plans, ten thousand requests, and every strategy on the same arrivals.
//!
//! No clock and no network: time is a number. The figures are printed; nextest shows them with
//! `--no-capture`.

mod demand;
mod gateway;
mod upstream;

use accounts::{Rotation, select};

use crate::candidates::ROTATIONS;
use demand::{Demand, REQUESTS};
use gateway::{Gateway, Outcome};
use upstream::{Habit, Upstream, rates, real};

/// Each with other plans' places, other bursts, other answers.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 7];
const FEWER_SEEDS: [u64; 3] = [1, 3, 5];

/// So much is asked for of what the accounts can do beside their owners.
const BUSY: f64 = 0.95;
const QUIET: f64 = 0.3;

/// Every account does so much of what it can do, when the accounts are busy and when they are
/// not. Even then its turn comes, before its capacity lapses.
const FAIR_SHARE: f64 = 0.55;
const QUIET_SHARE: f64 = 0.04;

/// One run, and how much of what it can do each account did: least and most.
struct Run {
    rotation: Rotation,
    outcome: Outcome,
    least_used: f64,
    most_used: f64,
    overloaded: usize,
}

fn run(rotation: Rotation, seed: u64, load: f64, habit: Habit) -> Run {
    let mut upstream = Upstream::new(seed, habit);
    let demand = Demand::new(seed + 1000, &upstream, load);
    let outcome = Gateway::new(select, rotation, &mut upstream, seed + 2000).run(&demand);
    let accounts = upstream.accounts.iter().enumerate();
    let shares: Vec<f64> = accounts
        .clone()
        .map(|(index, account)| {
            let (rate, owners) = rates(index, account.plan);
            real(outcome.served[index]) / ((rate - owners) * real(demand.lasts) / 1000.0)
        })
        .collect();
    let overloaded = accounts
        .filter(|(index, account)| outcome.most_in_use[*index] > account.plan.max_in_use)
        .count();
    Run {
        rotation,
        least_used: shares.iter().copied().fold(f64::INFINITY, f64::min),
        most_used: shares.iter().copied().fold(0.0, f64::max),
        overloaded,
        outcome,
    }
}

/// All strategies on the same arrivals; none may break a rule.
fn run_all(seed: u64, load: f64, habit: Habit) -> [Run; 4] {
    let runs = ROTATIONS.map(|rotation| run(rotation, seed, load, habit));
    print(&runs, seed, load, habit);
    for Run {
        rotation,
        outcome,
        overloaded,
        ..
    } in &runs
    {
        let told = outcome.answered + outcome.limited + outcome.turned_away;
        assert_eq!(told, REQUESTS, "{rotation:?}");
        assert_eq!(outcome.chosen_while_held, 0, "{rotation:?}");
        assert_eq!(outcome.chosen_while_probed, 0, "{rotation:?}");
        assert_eq!(*overloaded, 0, "{rotation:?}");
    }
    runs
}

#[expect(clippy::print_stdout, reason = "figures for whoever asks for them")]
fn print(runs: &[Run], seed: u64, load: f64, habit: Habit) {
    println!("{habit:?}, load {load}, seed {seed}");
    println!("  strategy      429  line full  wasted  in use  line  least used  most used");
    for run in runs {
        let it = &run.outcome;
        println!(
            "  {:<11}  {:>4}  {:>9}  {:>6}  {:>6}  {:>4}  {:>10.2}  {:>9.2}",
            format!("{:?}", run.rotation),
            it.limited,
            it.turned_away,
            it.wasted_attempts,
            it.most_in_use.iter().max().unwrap(),
            it.longest_line,
            run.least_used,
            run.most_used,
        );
    }
}

fn assert_fair(runs: &[Run], share: f64) {
    for run in runs {
        let least = run.least_used;
        assert!(least >= share, "{:?}: {least:.3}", run.rotation);
    }
}

/// The strategy that looks at capacity tells fewer callers to come back later, at every seed.
fn assert_capacity_pays([random, round_robin, _, quota_aware]: &[Run; 4]) {
    let limited = quota_aware.outcome.limited;
    assert!(limited < random.outcome.limited, "{limited}");
    assert!(limited < round_robin.outcome.limited, "{limited}");
    assert!(quota_aware.outcome.answered > random.outcome.answered);
    assert!(quota_aware.outcome.answered > round_robin.outcome.answered);
}

#[test]
fn busy_accounts_all_do_their_share_and_looking_at_capacity_pays() {
    for seed in SEEDS {
        let runs = run_all(seed, BUSY, Habit::Usual);
        assert_fair(&runs, FAIR_SHARE);
        assert_capacity_pays(&runs);
    }
}

#[test]
fn looking_at_capacity_pays_where_windows_begin_with_the_first_use() {
    for seed in FEWER_SEEDS {
        let runs = run_all(seed, BUSY, Habit::FromFirstUse);
        assert_fair(&runs, FAIR_SHARE);
        assert_capacity_pays(&runs);
    }
}

#[test]
fn looking_at_capacity_pays_where_upstream_tells_nothing_but_refusals() {
    let mut limited = [0; 4];
    for seed in FEWER_SEEDS {
        let runs = run_all(seed, BUSY, Habit::Silent);
        assert_fair(&runs, FAIR_SHARE);
        for (sum, run) in limited.iter_mut().zip(&runs) {
            *sum += run.outcome.limited;
        }
    }
    let [random, round_robin, _, quota_aware] = limited;
    assert!(quota_aware < random.min(round_robin), "{limited:?}");
}

#[test]
fn when_little_is_asked_nobody_is_refused_and_every_account_has_its_turn() {
    for seed in FEWER_SEEDS {
        let runs = run_all(seed, QUIET, Habit::Usual);
        assert_fair(&runs, QUIET_SHARE);
        for run in runs {
            let refused = run.outcome.limited + run.outcome.turned_away;
            assert!(refused <= 2, "{:?}: {refused}", run.rotation);
        }
    }
}
