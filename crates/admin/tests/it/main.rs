//! The admin over a real database, with the simulator as upstream and sign-in service: who gets
//! in, what they can do, and what never comes out. Requests go through the router.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod accounts;
mod bodies;
mod canaries;
mod clearing;
mod first_start;
mod guessing;
mod keys;
mod passwords;
mod reference;
mod second_factor;
mod seed_tokens;
mod seeds;
mod sessions;
mod sign_ins;
mod support;
mod usage;
mod who_gets_in;
