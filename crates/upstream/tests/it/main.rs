//! The fetcher against everything a stranger's URL can try: one test program, one file for
//! each kind of trick. What they share is `world` (names and addresses) and `server`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod certificates;
mod content;
mod names;
mod proxies;
mod proxy_server;
mod redirects;
mod relay;
mod server;
mod system;
mod tls;
mod urls;
mod world;
