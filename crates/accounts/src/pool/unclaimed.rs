//! A place that is taken on an account, and given back unless it becomes a lease.
//!
//! It may be lost on the way to who waited for it; then the next one gets it.

use std::sync::Arc;

use super::shared::Shared;
use crate::lease::Holder;
use crate::outcome::Outcome;
use crate::roster::Granted;

/// A place that is taken.
#[derive(Debug)]
pub(crate) struct Unclaimed {
    shared: Arc<Shared>,
    granted: Granted,
    is_claimed: bool,
}

impl Unclaimed {
    pub(super) fn new(shared: &Arc<Shared>, granted: Granted) -> Self {
        Self {
            shared: Arc::clone(shared),
            granted,
            is_claimed: false,
        }
    }

    pub(super) fn granted(&self) -> &Granted {
        &self.granted
    }

    /// The place, for a lease that gives it back.
    pub(super) fn claim(mut self) -> Granted {
        self.is_claimed = true;
        self.granted.clone()
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if !self.is_claimed {
            let holder = Holder::Stored(self.granted.id, self.granted.generation);
            self.shared
                .give_back(holder, &self.granted.probes, &Outcome::Unknown);
        }
    }
}
