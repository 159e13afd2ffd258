//! The program against the simulator, over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod accounts_and_callers;
mod administration;
mod anonymous;
mod attachments;
mod cancel;
mod captures;
mod chat;
mod command_line;
mod commands;
mod continuity;
mod cross_table;
mod demo;
mod demo_process;
mod drivers;
mod fault_matrix;
mod files;
mod forged_tokens;
mod gateway;
mod http_errors;
mod images;
mod kept_for_a_while;
mod keys_and_budgets;
mod lifecycle;
mod messages;
mod models_and_limits;
mod native_responses;
mod outputs;
mod passed_routes;
mod processes;
mod proof_of_work;
mod renewal;
mod responses;
mod retry;
mod sealed_thoughts;
mod secrets;
mod seeds;
mod speech;
mod streams_through;
mod support;
mod web_chat;
