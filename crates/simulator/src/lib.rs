//! A stand-in for chatgpt.com as an axum router: its sign-in, its site, its checks before a conversation, its
//! streams in both encodings, and everything that can go wrong with them. Used by the demo, by
//! tests and by benchmarks. It shares no code with the gateway's client side, so that a mistake in
//! one is not repeated in the other.

mod options;
mod simulator;

mod router;

mod account;
mod anonymous;
mod around;
mod fields;
mod limits;
mod reply;
mod session;
mod sign_in;
mod signatures;
mod site;
mod token_spec;
mod tokens;

mod official;

mod models;

mod proof_of_work;
mod sentinel;

mod attachments;
mod audio;
mod blobs;
mod content;
mod downloads;
mod file_faults;
mod files;
mod links;
mod ranges;
mod shown_files;
mod uploads;

mod capture;
mod conversation;
mod conversation_changes;
mod conversation_list;
mod conversation_pages;
mod conversation_request;
mod conversations;
mod gizmo_lists;
mod gizmos;
mod init;
mod open_streams;
mod playback;
mod projects;
mod pushes;
mod share_routes;
mod shares;
mod socket;
mod tree;

mod personal;

mod codex;
mod platform;
mod responses;

mod document;
mod render;
mod story;
mod timeline;
mod turn_facts;

mod pieces;
mod prompt;
mod scripts;

pub mod artifacts;

mod encode_cumulative;
mod encode_v1;
mod frame;
mod framing;
mod json_text;

mod faults;

mod ids;
mod timestamps;

pub use capture::{CapturedAnswers, UnreadableCapture};
pub use codex::limits::CodexUsage;
pub use faults::{FaultInfo, faults};
pub use file_faults::file_faults;
pub use framing::{Encoding, Framing};
pub use options::{
    Anonymous, Clock, FileOptions, Options, Pace, PlatformOptions, SentinelOptions, SignInOptions,
};
pub use platform::PLATFORM_PATH;
pub use render::{RenderRequest, Rendering, render};
pub use responses::faults::response_faults;
pub use responses::response_script_names;
pub use scripts::script_names;
pub use sign_in::faults::sign_in_faults;
pub use sign_in::{Exchange, ExchangeOutcome, RefreshFamily, SignInLog, SignedInAccount};
pub use simulator::{RecordedRequest, Simulator};
pub use token_spec::TokenSpec;
pub use uploads::UploadedFile;
