//! What the book says after this and that has happened.

use super::{Hint, HintSource, LONGEST_HINT_SECONDS, MAX_SCOPES, Quota, QuotaBook};
use crate::scope::Scope;

const ACCOUNT: [u8; 16] = [1; 16];
const HOUR: u64 = 3600;
const START: u64 = 1_000_000;

fn model(slug: &str) -> Scope {
    Scope::Model(slug.into())
}

fn refused(until: u64) -> Hint {
    Hint {
        until,
        source: HintSource::Refusal,
    }
}

/// One account, one model.
#[derive(Default)]
struct Known(QuotaBook);

impl Known {
    fn used(&mut self, times: u64, now: u64) {
        for _ in 0..times {
            self.0.used(ACCOUNT, &[model("m")], now);
        }
    }

    fn reported(&mut self, remaining: u64, resets_at: Option<u64>, now: u64) {
        let scope = model("m");
        self.0.reported(ACCOUNT, &scope, remaining, resets_at, now);
    }

    fn limited(&mut self, hint: Hint, now: u64) {
        self.0.limited_until(ACCOUNT, &model("m"), hint, now);
    }

    fn quota(&self, now: u64) -> Quota {
        self.0.quota(ACCOUNT, &[model("m")], now)
    }

    fn held_until(&self, now: u64) -> Option<u64> {
        let hint = self.0.hint(ACCOUNT, &[model("m")], now)?;
        Some(hint.until)
    }
}

#[test]
fn nothing_is_known_of_an_account_that_was_never_seen() {
    let known = Known::default();
    assert_eq!(known.quota(START), Quota::default());
    assert_eq!(known.held_until(START), None);
}

#[test]
fn own_use_is_taken_off_what_was_reported_and_a_reset_makes_it_unknown() {
    let mut known = Known::default();
    known.used(1, START);
    known.reported(40, Some(START + HOUR), START);
    known.used(3, START + 60);
    let quota = known.quota(START + 60);
    assert_eq!(quota.remaining, Some(37));
    assert_eq!(quota.capacity, Some(41));
    assert_eq!(quota.resets_at, Some(START + HOUR));
    let quota = known.quota(START + HOUR);
    assert_eq!((quota.remaining, quota.resets_at), (Some(30), None));
}

#[test]
fn more_use_than_reported_leaves_nothing_and_not_less() {
    let mut known = Known::default();
    known.reported(2, Some(START + HOUR), START);
    known.used(5, START);
    assert_eq!(known.quota(START).remaining, Some(0));
    assert_eq!(known.held_until(START), None, "only upstream says so");
}

#[test]
fn a_report_that_names_no_reset_is_forgotten_after_some_hours() {
    let mut known = Known::default();
    known.reported(5, None, START);
    assert_eq!(known.quota(START + 3 * HOUR - 1).remaining, Some(5));
    assert_eq!(known.quota(START + 3 * HOUR).remaining, None);
}

#[test]
fn nothing_left_holds_until_the_reset_and_something_left_clears_it() {
    let mut known = Known::default();
    known.reported(0, Some(START + HOUR), START);
    assert_eq!(known.held_until(START + HOUR - 1), Some(START + HOUR));
    assert_eq!(known.held_until(START + HOUR), None);
    known.reported(0, Some(START + HOUR), START);
    known.reported(1, Some(START + HOUR), START + 1);
    assert_eq!(known.held_until(START + 1), None);
}

#[test]
fn of_several_hints_the_longest_counts_and_none_is_believed_for_ever() {
    let mut known = Known::default();
    known.limited(refused(START + 100), START);
    known.limited(refused(START + 50), START);
    assert_eq!(known.held_until(START), Some(START + 100));
    known.limited(refused(u64::MAX), START);
    assert_eq!(known.held_until(START), Some(START + LONGEST_HINT_SECONDS));
}

#[test]
fn a_success_clears_what_was_hinted_before_it_was_sent_and_nothing_later() {
    let mut known = Known::default();
    known.limited(refused(START + HOUR), START);
    known.0.cleared(ACCOUNT, &[model("m")], START - 5);
    assert_eq!(known.held_until(START), Some(START + HOUR), "sent before");
    known.0.cleared(ACCOUNT, &[model("other")], START + 5);
    assert_eq!(known.held_until(START), Some(START + HOUR), "another model");
    known.0.cleared(ACCOUNT, &[model("m")], START + 5);
    assert_eq!(known.held_until(START), None);
    assert_eq!(known.quota(START + 5).remaining, None);
}

#[test]
fn capacity_is_learned_from_the_answers_between_two_resets_and_half_believed() {
    let mut known = Known::default();
    known.used(3, START);
    known.limited(refused(START + HOUR), START);
    assert_eq!(known.quota(START).remaining, Some(0));
    let second = START + HOUR;
    assert_eq!(known.quota(second).remaining, None, "a part of a window");
    known.used(80, second + 5);
    known.limited(refused(second + HOUR), second + 60);
    let third = second + HOUR;
    let quota = known.quota(third);
    assert_eq!((quota.remaining, quota.capacity), (Some(60), Some(80)));
    assert_eq!(quota.resets_at, Some(third + HOUR), "a window is an hour");
    known.used(40, third);
    assert_eq!(known.quota(third).remaining, Some(40));
}

#[test]
fn a_moment_that_is_only_guessed_teaches_nothing() {
    let mut known = Known::default();
    known.used(3, START);
    let source = HintSource::Guess;
    let until = START + 60;
    known.limited(Hint { until, source }, START);
    assert_eq!(known.held_until(START), Some(until));
    assert_eq!(known.quota(START), Quota::default());
    assert_eq!(known.quota(until), Quota::default());
}

#[test]
fn an_attempt_that_needs_several_things_has_as_much_as_the_scarcest() {
    let mut book = QuotaBook::default();
    let scopes = [model("m"), Scope::Feature("image_gen".into())];
    book.reported(ACCOUNT, &scopes[0], 50, Some(START + 60), START);
    book.reported(ACCOUNT, &scopes[1], 2, Some(START + 90), START);
    let quota = book.quota(ACCOUNT, &scopes, START);
    assert_eq!(
        (quota.remaining, quota.resets_at),
        (Some(2), Some(START + 90))
    );
    book.limited_until(ACCOUNT, &scopes[0], refused(START + 10), START);
    let hint = book.hint(ACCOUNT, &scopes, START);
    assert_eq!(hint, Some(refused(START + 10)));
    assert_eq!(book.hint(ACCOUNT, &scopes[1..], START), None);
}

#[test]
fn models_that_callers_make_up_push_no_limit_out() {
    let mut book = QuotaBook::default();
    book.limited_until(ACCOUNT, &model("real"), refused(START + HOUR), START);
    for number in 0..10 * MAX_SCOPES {
        book.used(ACCOUNT, &[model(&format!("made-up-{number}"))], START + 1);
    }
    let hint = book.hint(ACCOUNT, &[model("real")], START + 1);
    assert_eq!(hint, Some(refused(START + HOUR)));
    assert_eq!(book.accounts[&ACCOUNT].len(), MAX_SCOPES);
}

#[test]
fn hints_are_listed_and_taken_back_by_scope_and_by_when_they_were_given() {
    let mut book = QuotaBook::default();
    book.limited_until(ACCOUNT, &model("old"), refused(START + HOUR), START);
    book.limited_until(ACCOUNT, &model("new"), refused(START + HOUR), START + 9);
    assert_eq!(book.hints(ACCOUNT, START).len(), 2);
    book.retain_hints(ACCOUNT, |_, set_at| set_at >= START + 9);
    let left = book.hints(ACCOUNT, START);
    assert_eq!(left, [(model("new"), refused(START + HOUR))]);
    assert_eq!(book.hints(ACCOUNT, START + HOUR), []);
    book.retain_hints(ACCOUNT, |scope, _| *scope != model("new"));
    assert_eq!(book.hints(ACCOUNT, START), []);
}
