//! The accounts as a whole: choosing them (rules that hold for all candidates, what each
//! strategy prefers, a world of fifty accounts under load), and then everything with a
//! database, the simulator as upstream and several processes, which `support` builds.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod admission;
mod callers;
mod candidates;
mod doubts;
mod egresses;
mod health;
mod importing;
mod limits;
mod own_tokens;
mod pool;
mod renewal;
mod renewal_trouble;
mod seeds;
mod selection_preferences;
mod selection_rules;
mod selection_world;
mod support;
mod waiting;
mod windows;
