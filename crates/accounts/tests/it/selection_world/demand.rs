//! Who asks when: callers in bursts and lulls, and owners behind the gateway's back.

use fastrand::Rng;

use super::upstream::{Millis, Upstream, rates, real};

pub(super) const REQUESTS: u32 = 10_000;

/// How much more than on average is asked, and for how many minutes at least and at most.
const PHASES: [(f64, u64, u64); 5] = [
    (1.0, 20, 60),
    (0.2, 20, 90),
    (2.2, 10, 60),
    (0.6, 10, 60),
    (15.0, 1, 2),
];

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) at: Millis,
    /// How long its answer takes.
    pub(super) takes: Millis,
}

pub(super) struct Demand {
    pub(super) arrivals: Vec<Arrival>,
    /// When an owner uses which account, in order.
    pub(super) owners: Vec<(Millis, usize)>,
    pub(super) lasts: Millis,
}

impl Demand {
    /// Requests for so much of what the accounts can do beside their owners.
    pub(super) fn new(seed: u64, upstream: &Upstream, load: f64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let accounts = upstream.accounts.iter().enumerate();
        let rates: Vec<(f64, f64)> = accounts
            .map(|(index, account)| rates(index, account.plan))
            .collect();
        let free: f64 = rates.iter().map(|(rate, owners)| rate - owners).sum();
        let lasts = millis(f64::from(REQUESTS) / (free * load));
        let mut owners = Vec::new();
        for (index, (_, rate)) in rates.iter().enumerate() {
            let uses = rate * real(lasts) / 1000.0;
            owners.extend((0..whole(uses)).map(|_| (chance.u64(0..lasts), index)));
        }
        owners.sort_unstable();
        Self {
            arrivals: arrivals(&mut chance, lasts),
            owners,
            lasts,
        }
    }
}

/// Independent arrivals, the more the higher the phase.
fn arrivals(chance: &mut Rng, lasts: Millis) -> Vec<Arrival> {
    let mut phases: Vec<(Millis, Millis, f64)> = Vec::new();
    let mut begins = 0;
    while begins < lasts {
        let (height, shortest, longest) = PHASES[chance.usize(..PHASES.len())];
        let ends = lasts.min(begins + 60_000 * chance.u64(shortest..=longest));
        phases.push((begins, ends, height));
        begins = ends;
    }
    let weight = |(begins, ends, height): &(Millis, Millis, f64)| real(ends - begins) * height;
    let whole: f64 = phases.iter().map(weight).sum();
    let mut arrivals: Vec<Arrival> = (0..REQUESTS)
        .map(|_| {
            let mut drawn = chance.f64() * whole;
            let mut at = lasts;
            for phase in &phases {
                if drawn < weight(phase) {
                    at = phase.0 + millis(drawn / phase.2 / 1000.0);
                    break;
                }
                drawn -= weight(phase);
            }
            // Two to forty seconds, mostly short.
            let takes = millis(2.0 + 38.0 * chance.f64().powi(2));
            Arrival { at, takes }
        })
        .collect();
    arrivals.sort_unstable_by_key(|arrival| arrival.at);
    arrivals
}

fn millis(seconds: f64) -> Millis {
    whole(seconds * 1000.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small positive numbers"
)]
fn whole(number: f64) -> u64 {
    number as u64
}
