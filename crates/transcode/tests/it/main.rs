//! The translation as a whole, against streams the simulator wrote.

mod golden_replies;
mod same_answer;
mod support;
