//! The only outbound network code: HTTP clients, egress, and the drivers.
//!
//! Knows how to ask upstream and how to tell what went wrong; does not know who asks, nor
//! which account should pay. Used by `accounts` (credentials), `web` (failures) and `api`.

mod clock;
pub use clock::Clock;

mod failure;
pub use failure::{Challenge, ChallengeKind, Failure, FailureKind, Retry};

mod credential;
pub use credential::{Credential, CredentialError, CredentialParts, device_id_of, identity_of};

mod driver;
pub use driver::{AnswerStream, DriverKind, Question, Started};

mod egress;
pub use egress::{Egress, InvalidEgress};

mod answer_events;
mod catalogue_cache;
mod client;
mod drift;
mod exchange;
mod first_reachable;
mod inline_files;
mod response;
mod route_memory;
mod silence;

mod passed;
pub use passed::{PassedBody, PassedReply};

mod prepared_file;
pub use prepared_file::{FileContent, FileRole, PreparedFile};

pub mod fetch;

mod tap;
pub use tap::{ResponseTap, TappedRequest, TrafficTap};

pub mod public_asset;

pub mod reach;

pub mod sign_in;

pub mod web;

pub mod codex;

pub mod platform;

mod drivers;
pub use drivers::Drivers;
