//! The program: command line, settings, router, lifecycle and telemetry.
//!
//! The only crate that reads the environment and spawns top-level tasks. A library so that
//! tests can build the program from values and serve it on a port of their own.

mod cli;
pub use cli::run;

mod commands;

pub mod settings;

mod administration;
pub mod app;
mod challenges;
mod middleware;
mod request_log;
mod router;
mod schedule;
mod services;
mod storage;
mod web_chat;

pub mod lifecycle;
mod lingering;
pub mod listener;

pub mod capture_folder;
mod metrics_listener;
mod mirror;
mod page_gateway;
pub mod recorder;

mod telemetry;
