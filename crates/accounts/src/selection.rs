//! Which account is next. Pure: candidates and a number in, a choice out.
//!
//! [`select`] is for accounts with limits, loads and cool-downs. A conversation's owner is the
//! pool's business: whoever has one does not come here.

mod affinity;
mod candidate;
mod quota_aware;

pub use affinity::prefix_hash;
pub use candidate::{Candidate, Choice, Draw, NoChoice, Probe};

/// How one of several eligible accounts is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Any that is eligible.
    Random,
    /// One after the other, strictly in the order they were given.
    RoundRobin,
    /// The one with the fewest leases, then the one that was not used for longest.
    LeastLoaded,
    /// The one whose capacity lapses soonest, by what is left of it and by load.
    QuotaAware,
}

/// Chooses an account, or says why there is none.
pub fn select(
    rotation: Rotation,
    candidates: &[Candidate],
    draw: Draw,
) -> Result<Choice, NoChoice> {
    let is_eligible = |index: &usize| candidates[*index].is_eligible(draw.now);
    let eligible: Vec<usize> = (0..candidates.len()).filter(is_eligible).collect();
    let Some(best) = best(rotation, candidates, &eligible, draw) else {
        return Err(NoChoice::reason(candidates, draw.now));
    };
    // Strict turns leave no room for a preference.
    let affinity = draw.affinity.filter(|_| rotation != Rotation::RoundRobin);
    let preferred = affinity
        .and_then(|prefix| affinity::preferred(candidates, &eligible, prefix))
        .filter(|index| affinity::is_about_as_good(&candidates[*index], &candidates[best]));
    let index = preferred.unwrap_or(best);
    Ok(Choice {
        index,
        turn: candidates[index].position,
        is_probe: candidates[index].probe == Probe::Due,
    })
}

fn best(
    rotation: Rotation,
    candidates: &[Candidate],
    eligible: &[usize],
    draw: Draw,
) -> Option<usize> {
    let eligible_indexes = eligible.iter().copied();
    match rotation {
        Rotation::Random => {
            let count = u64::try_from(eligible.len()).ok()?;
            let drawn = usize::try_from(draw.number.checked_rem(count)?).ok()?;
            eligible.get(drawn).copied()
        }
        Rotation::RoundRobin => eligible_indexes.min_by_key(|index| {
            let position = candidates[*index].position;
            let had_its_turn = draw.last_turn.is_some_and(|last| position <= last);
            (had_its_turn, position)
        }),
        Rotation::LeastLoaded => eligible_indexes.min_by_key(|index| {
            let it = &candidates[*index];
            (it.in_use, it.last_leased_at_ms, it.position)
        }),
        Rotation::QuotaAware => quota_aware::best(candidates, eligible, draw.now),
    }
}
