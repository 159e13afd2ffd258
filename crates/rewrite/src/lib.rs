//! Turns documents, assets and data of the official web interface into ones that a mirror on
//! its own origin may serve.
//!
//! Pure: bytes in, bytes out, and rules that are data. Fetching, caching, cookies and who may
//! see what are not here. Everything is tied to hosts, content types and names of JSON keys,
//! because file names and code change with every release of the official site.

pub mod asset;
mod context;
pub mod csp;
pub mod data;
pub mod document;
mod enqueue;
mod flat;
mod hosts;
mod json;
mod patch;
mod pattern;
mod probe;
mod route;
mod rules;
#[cfg(test)]
mod sample;
mod script_text;
mod scrub;
pub mod shim;
pub mod url;

pub use context::{Context, Fetched, Secret, Shown};
pub use data::DataKind;
pub use document::Document;
pub use pattern::{Pattern, plain as plain_path};
pub use probe::{Probe, Rejected};
pub use route::Route;
pub use rules::{
    Data, DocumentRules, Holds, Host, HostKind, IdentityAnswer, Keys, Paths, Rules, RulesError,
};
