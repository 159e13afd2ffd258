//! Choosing accounts as a whole: rules that hold for all candidates, what each strategy prefers,
//! and a world of fifty accounts under load.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod candidates;
mod selection_preferences;
mod selection_rules;
mod selection_world;
