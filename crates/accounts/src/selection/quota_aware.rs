//! The account whose capacity would lapse soonest, so that as little as possible is lost.
//!
//! What resets late is kept for bursts. Weighed by what is left and by load; the last bit of
//! an account is spared, because its owner may have used it and the attempt would be in vain.

use super::candidate::Candidate;
use crate::quota::Quota;

/// An account of which nothing is known is taken for half full.
const UNKNOWN_FULLNESS: f64 = 0.5;

/// An account whose reset is not known is taken to reset so long after its last lease, so that
/// it comes up again and again and something can be learned.
const UNKNOWN_RESET_SECONDS: u64 = 30 * 60;

/// Parallel leases of an account that has no limit of its own count as if it had this one.
const UNKNOWN_MAX_IN_USE: u32 = 8;

/// An account with all leases out is taken to reset so many times later than an idle one.
const LOAD_WEIGHT: f64 = 2.0;

/// The last bit of an account is taken to reset so many times later than it does.
const SPARED: f64 = 4.0;

/// An account with less than one in this many answers left is nearly used up.
const LAST_BIT: u64 = 20;

pub(super) fn best(candidates: &[Candidate], eligible: &[usize], now: u64) -> Option<usize> {
    // Who was refused once is better served by the surest account than by the most urgent.
    let is_further = candidates.iter().any(|candidate| candidate.is_tried);
    let costs = eligible.iter().map(|index| {
        let candidate = &candidates[*index];
        let seconds = if is_further {
            1.0
        } else {
            seconds_to_reset(candidate, now)
        };
        (seconds * weight(candidate), candidate, *index)
    });
    let cheapest = costs.min_by(|(cost, one, _), (other_cost, other, _)| {
        let by_use = || one.last_leased_at_ms.cmp(&other.last_leased_at_ms);
        cost.total_cmp(other_cost).then_with(by_use)
    });
    cheapest.map(|(_, _, index)| index)
}

/// How full an account is, from 0 to 1.
pub(super) fn fullness(quota: &Quota) -> f64 {
    match (quota.remaining, quota.capacity) {
        (Some(remaining), Some(capacity)) if capacity > 0 => {
            (real(remaining) / real(capacity)).min(1.0)
        }
        (Some(0), _) => 0.0,
        _ => UNKNOWN_FULLNESS,
    }
}

pub(super) fn is_nearly_used_up(quota: &Quota) -> bool {
    let Some(remaining) = quota.remaining else {
        return false;
    };
    let capacity = quota.capacity.unwrap_or(LAST_BIT);
    remaining.saturating_mul(LAST_BIT) <= capacity
}

fn seconds_to_reset(candidate: &Candidate, now: u64) -> f64 {
    // Some windows begin with the first use only: the sooner that is, the sooner they end.
    if candidate.quota.is_untouched && candidate.in_use == 0 {
        return 1.0;
    }
    let leased_at = candidate.last_leased_at_ms.unwrap_or(0) / 1000;
    let resets_at = candidate.quota.resets_at;
    let resets_at = resets_at.unwrap_or(leased_at.saturating_add(UNKNOWN_RESET_SECONDS));
    real(resets_at.saturating_sub(now).max(1))
}

/// By how much later an account is taken to reset, for its load and for what is not left.
fn weight(candidate: &Candidate) -> f64 {
    let max_in_use = candidate.max_in_use.unwrap_or(UNKNOWN_MAX_IN_USE).max(1);
    let load = f64::from(candidate.in_use) / f64::from(max_in_use);
    let spared = if is_nearly_used_up(&candidate.quota) {
        SPARED
    } else {
        1.0
    };
    (1.0 + LOAD_WEIGHT * load) * spared / (0.5 + fullness(&candidate.quota))
}

/// Large numbers are as good as the largest here.
fn real(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
