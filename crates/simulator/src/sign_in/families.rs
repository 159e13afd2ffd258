//! The rules of rotation: which refresh token of a family is good, for how long the one before it
//! still is, and what happens when an older one comes. Pure but for its memory.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::refresh_tokens::RefreshToken;

/// Why a refresh token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It was spent before.
    Reused,
    /// Its family is revoked.
    Revoked,
}

/// How a refresh token was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent {
    /// The generation of its successor.
    pub(super) successor: u64,
    /// Whether it had been spent before, and was honoured once more.
    pub(super) again: bool,
}

/// The families that have been seen.
#[derive(Default)]
pub(super) struct Families(HashMap<String, Family>);

struct Family {
    /// The one generation that has not been spent.
    current: u64,
    /// The generation that was spent last as the newest, and when.
    previous: Option<(u64, SystemTime)>,
    is_revoked: bool,
}

impl Families {
    /// Takes a refresh token. A family that is not known, or is known to be older, is taken on at
    /// the generation the token states: another simulator has made it.
    ///
    /// Within the overlap the token before the newest is taken again, and its new successor takes
    /// the place of the one that nobody has used. Whatever else is spent revokes the family.
    pub(super) fn spend(
        &mut self,
        token: &RefreshToken,
        now: SystemTime,
        overlap: Duration,
    ) -> Result<Spent, Refusal> {
        let family = self.family(token);
        let generation = token.generation;
        if family.is_revoked {
            return Err(if generation < family.current {
                Refusal::Reused
            } else {
                Refusal::Revoked
            });
        }
        if !token.kind.rotates() {
            return Ok(Spent {
                successor: generation,
                again: false,
            });
        }
        let again = generation < family.current;
        if !again {
            family.current = generation;
            family.previous = Some((generation, now));
        } else if !family.honours(generation, now, overlap) {
            family.is_revoked = true;
            return Err(Refusal::Reused);
        }
        family.current += 1;
        Ok(Spent {
            successor: family.current,
            again,
        })
    }

    /// Ends the sign-in of a token.
    pub(super) fn revoke(&mut self, token: &RefreshToken) {
        self.family(token).is_revoked = true;
    }

    /// Whether a family has ended.
    pub(super) fn is_revoked(&self, family: &str) -> bool {
        self.0.get(family).is_some_and(|family| family.is_revoked)
    }

    fn family(&mut self, token: &RefreshToken) -> &mut Family {
        self.0.entry(token.family.clone()).or_insert(Family {
            current: token.generation,
            previous: None,
            is_revoked: false,
        })
    }
}

impl Family {
    /// Whether a spent generation is still taken.
    fn honours(&self, generation: u64, now: SystemTime, overlap: Duration) -> bool {
        self.previous.is_some_and(|(previous, spent)| {
            let age = now.duration_since(spent).unwrap_or_default();
            previous == generation && age < overlap
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::sign_in::RefreshFamily;
    use crate::token_spec::{Holder, TokenSpec};

    const OVERLAP: Duration = Duration::from_mins(1);

    fn token(kind: RefreshFamily) -> RefreshToken {
        RefreshToken::first(kind, Holder::of(&TokenSpec::new("ada"), UNIX_EPOCH), "")
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn spent(successor: u64, again: bool) -> Spent {
        Spent { successor, again }
    }

    #[test]
    fn a_token_is_good_once() {
        let mut families = Families::default();
        let first = token(RefreshFamily::Codex);
        let mut spend = |generation| {
            let token = first.successor(generation);
            families.spend(&token, at(0), Duration::ZERO)
        };
        assert_eq!(spend(1), Ok(spent(2, false)));
        assert_eq!(spend(2), Ok(spent(3, false)));
        assert_eq!(spend(2), Err(Refusal::Reused));
        assert_eq!(spend(3), Err(Refusal::Revoked));
        assert!(families.is_revoked(&first.family));
    }

    #[test]
    fn the_token_before_the_newest_is_good_during_the_overlap() {
        let mut families = Families::default();
        let first = token(RefreshFamily::Codex);
        let mut spend = |generation, seconds| {
            let token = first.successor(generation);
            families.spend(&token, at(seconds), OVERLAP)
        };
        assert_eq!(spend(1, 0), Ok(spent(2, false)));
        assert_eq!(spend(1, 1), Ok(spent(3, true)));
        assert_eq!(spend(1, 59), Ok(spent(4, true)));
        assert_eq!(spend(4, 59), Ok(spent(5, false)));
        assert_eq!(spend(4, 60), Ok(spent(6, true)));
        assert_eq!(spend(1, 60), Err(Refusal::Reused));
    }

    #[test]
    fn the_overlap_ends() {
        let mut families = Families::default();
        let first = token(RefreshFamily::Codex);
        assert!(families.spend(&first, at(0), OVERLAP).is_ok());
        let late = families.spend(&first, at(60), OVERLAP);
        assert_eq!(late, Err(Refusal::Reused));
    }

    #[test]
    fn a_successor_that_was_replaced_is_as_good_as_spent() {
        let mut families = Families::default();
        let first = token(RefreshFamily::Codex);
        assert!(families.spend(&first, at(0), OVERLAP).is_ok());
        assert!(families.spend(&first, at(0), OVERLAP).is_ok());
        let replaced = families.spend(&first.successor(2), at(0), OVERLAP);
        assert_eq!(replaced, Err(Refusal::Reused));
    }

    #[test]
    fn a_family_is_taken_on_where_its_token_says() {
        let mut families = Families::default();
        let first = token(RefreshFamily::Codex);
        let mut spend = |generation| {
            let token = first.successor(generation);
            families.spend(&token, at(0), Duration::ZERO)
        };
        assert_eq!(spend(5), Ok(spent(6, false)));
        assert_eq!(spend(9), Ok(spent(10, false)));
        assert_eq!(spend(8), Err(Refusal::Reused));
    }

    #[test]
    fn a_lasting_token_is_good_until_it_is_revoked() {
        let mut families = Families::default();
        let token = token(RefreshFamily::MobileLasting);
        for _ in 0..3 {
            let result = families.spend(&token, at(0), Duration::ZERO);
            assert_eq!(result, Ok(spent(1, false)));
        }
        families.revoke(&token);
        let refused = families.spend(&token, at(0), Duration::ZERO);
        assert_eq!(refused, Err(Refusal::Revoked));
    }
}
