//! The database as `accounts` and `admin` use it: the same tests on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod accounts;
mod backups;
mod budgets;
mod canaries;
mod cancelling;
mod chats;
mod claims;
mod continuations;
mod conversations;
mod database;
mod facts;
mod gateway_keys;
mod health;
mod import;
mod kept_responses;
mod opening;
mod quota_windows;
mod recent_use;
mod rotation_spool;
mod sealing;
mod seeds;
mod sessions;
mod settings;
mod usage;
mod web_sessions;
