//! The fetcher against everything a stranger's URL can try, the sign-in service against
//! everything that can go wrong with a token, and what the driver learns of an account: one
//! test program, one file for each kind of trick. What they share is `world` (names and
//! addresses), `sign_in_service` and `server`; `simulated` goes all the way once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod account_facts;
mod anonymous;
mod asking;
mod certificates;
mod codex_driver;
mod content;
mod names;
mod platform_driver;
mod proxies;
mod proxy_server;
mod redirects;
mod refresh;
mod refresh_ways;
mod relay;
mod server;
mod sessions;
mod sign_in_service;
mod signing_in;
mod simulated;
mod system;
mod tls;
mod urls;
mod world;
