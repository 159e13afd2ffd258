//! Which account is next. Pure: candidates and a number in, a choice out.

/// How accounts are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Any that is eligible.
    Random,
    /// One after the other, in the order they were given.
    RoundRobin,
}

/// Chooses one of `count` accounts that is not in `excluded`.
///
/// `number` is random for [`Strategy::Random`], and the turn's for [`Strategy::RoundRobin`]:
/// the account whose turn it is, or the next one after it that is eligible.
pub(crate) fn choose(
    strategy: Strategy,
    count: usize,
    excluded: &[usize],
    number: usize,
) -> Option<usize> {
    let eligible: Vec<usize> = (0..count)
        .filter(|index| !excluded.contains(index))
        .collect();
    if eligible.is_empty() {
        return None;
    }
    match strategy {
        Strategy::Random => Some(eligible[number % eligible.len()]),
        Strategy::RoundRobin => {
            let turn = number % count;
            let next = eligible.iter().find(|index| **index >= turn);
            next.or(eligible.first()).copied()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Strategy, choose};

    #[test]
    fn round_robin_takes_turns_and_steps_over_the_excluded() {
        let turns: Vec<_> = (0..6)
            .map(|turn| choose(Strategy::RoundRobin, 3, &[], turn))
            .collect();
        assert_eq!(turns, [0, 1, 2, 0, 1, 2].map(Some));
        assert_eq!(choose(Strategy::RoundRobin, 3, &[1], 1), Some(2));
        assert_eq!(choose(Strategy::RoundRobin, 3, &[2], 2), Some(0));
    }

    #[test]
    fn random_reaches_every_eligible_account_and_no_other() {
        let chosen: Vec<_> = (0..4)
            .map(|n| choose(Strategy::Random, 3, &[0], n))
            .collect();
        assert_eq!(chosen, [1, 2, 1, 2].map(Some));
    }

    #[test]
    fn nothing_is_chosen_from_nothing() {
        assert_eq!(choose(Strategy::Random, 0, &[], 7), None);
        assert_eq!(choose(Strategy::RoundRobin, 1, &[0], 0), None);
    }
}
