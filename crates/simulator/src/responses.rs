//! What the Codex backend and the platform have in common: a request read into one form, a script
//! that answers it, and the answer as events, as an object, or spoiled by a fault. The routes are
//! in `codex` and `platform`; chat completions are read and written there.

pub(crate) mod answer;
pub(crate) mod asked;
pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod faults;
pub(crate) mod history;
pub(crate) mod item;
pub(crate) mod object;
pub(crate) mod phrases;
pub(crate) mod play;
pub(crate) mod schema_sample;
mod scripts;
pub(crate) mod sealed;
pub(crate) mod stream;
pub(crate) mod usage;

pub use play::response_script_names;
pub(crate) use scripts::help_tables;
