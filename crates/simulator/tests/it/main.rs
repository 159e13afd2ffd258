//! Drives the simulator's router the way a client would, without a network.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod anonymous;
mod attachments;
mod audio;
mod auth;
mod citations;
mod client;
mod codex;
mod codex_faults;
mod conversation_pages;
mod conversations;
mod device_flow;
mod downloads;
mod faults;
mod fold;
mod gizmos;
mod history;
mod limits;
mod network;
mod official;
mod personal;
mod platform;
mod played;
mod projects;
mod recorded;
mod refresh;
mod rendering;
mod resume;
mod rotation;
mod scripts;
mod sentinel;
mod session;
mod shares;
mod sign_in;
mod site;
mod socket;
mod socket_turns;
mod token_faults;
mod upload;
mod uploads;
mod workspaces;
