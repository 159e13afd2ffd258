//! Captures of upstream's traffic: how they are kept, how they are scrubbed, and what in them
//! is not known.
//!
//! Pure: no disk, no network, no clock, no chance. A private protocol changes without notice;
//! a capture shows how, and holds nothing that may not be shown. Used by `flowgpt record` and
//! `flowgpt replay`. Format: docs/captures.md.

mod capture;
pub use capture::{Capture, FORMAT, InvalidCapture, MANIFEST, Manifest};

mod exchange;
pub use exchange::{Body, Ending, Event, EventStream, Exchange};

mod raw_exchange;
pub use raw_exchange::{RawExchange, RawMessage};

mod scrub;
pub use scrub::Scrubber;

mod known_keys;

mod report;
pub use report::{Finding, Report, report};
