//! Whether going on works at all: every conversation that is lost costs upstream a request in
//! vain, and nobody promises that temporary chats can be gone on with.

/// After so many losses in a row it is left alone for a while.
const LOSSES: u32 = 3;

const REST_SECONDS: i64 = 3600;

/// How it went lately.
#[derive(Debug, Default)]
pub(super) struct Luck {
    kept: Run,
    temporary: Run,
}

#[derive(Debug, Default)]
struct Run {
    losses: u32,
    rests_until: i64,
}

impl Luck {
    /// Whether conversations of this kind may be gone on with; after a rest, one more loss is
    /// enough for the next one.
    pub(super) fn is_worth_a_try(&self, is_kept: bool, now: i64) -> bool {
        let run = if is_kept { &self.kept } else { &self.temporary };
        now >= run.rests_until
    }

    pub(super) fn went_on(&mut self, is_kept: bool) {
        *self.run(is_kept) = Run::default();
    }

    pub(super) fn lost(&mut self, is_kept: bool, now: i64) {
        let run = self.run(is_kept);
        run.losses += 1;
        if run.losses >= LOSSES {
            run.rests_until = now + REST_SECONDS;
        }
    }

    fn run(&mut self, is_kept: bool) -> &mut Run {
        if is_kept {
            &mut self.kept
        } else {
            &mut self.temporary
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOSSES, Luck, REST_SECONDS};

    #[test]
    fn a_kind_that_is_lost_again_and_again_is_left_alone_for_a_while() {
        let mut luck = Luck::default();
        for _ in 0..LOSSES {
            assert!(luck.is_worth_a_try(false, 10));
            luck.lost(false, 10);
        }
        assert!(!luck.is_worth_a_try(false, 10 + REST_SECONDS - 1));
        assert!(luck.is_worth_a_try(true, 10));
        assert!(luck.is_worth_a_try(false, 10 + REST_SECONDS));
        luck.lost(false, 10 + REST_SECONDS);
        assert!(!luck.is_worth_a_try(false, 10 + REST_SECONDS));
    }

    #[test]
    fn one_that_goes_on_makes_up_for_those_that_were_lost() {
        let mut luck = Luck::default();
        for _ in 0..2 * LOSSES {
            luck.lost(true, 10);
            luck.went_on(true);
        }
        assert!(luck.is_worth_a_try(true, 10));
    }
}
