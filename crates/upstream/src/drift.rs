//! Names of the protocol that nobody here knows: counted, told once, never fatal.
//!
//! This is how a change of the private protocol is noticed the day it happens. Fed by the
//! driver's streams.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use chatgpt::known::Unknown;

/// More different names than this are only counted.
const MAX_TOLD: usize = 256;

/// What was told already.
#[derive(Debug, Default)]
pub(crate) struct Drift {
    told: Mutex<HashSet<Unknown>>,
}

impl Drift {
    /// Takes note of names an answer had.
    pub(crate) fn note(&self, names: Vec<Unknown>) {
        for unknown in names {
            metrics::counter!(
                "flowgpt_upstream_unknown_total",
                "kind" => unknown.kind.name()
            )
            .increment(1);
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() < MAX_TOLD && !told.contains(&unknown) {
                tracing::warn!(
                    unknown.kind = unknown.kind.name(),
                    unknown.name = unknown.name,
                    "upstream used a name that is not known; it was passed over"
                );
                told.insert(unknown);
            }
        }
    }
}
