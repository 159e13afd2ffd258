//! Whether a route that not every upstream has was found missing lately.
//!
//! Kept by the drivers for each base URL.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// After this long a route that was missing is tried again.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Whether a route was found missing lately.
#[derive(Debug, Default)]
pub(crate) struct RouteMemory(Mutex<Option<Instant>>);

impl RouteMemory {
    /// Whether the route may be there.
    pub(crate) fn may_exist(&self) -> bool {
        let missing_since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        missing_since.is_none_or(|since| since.elapsed() > REMEMBERED)
    }

    /// Remembers that the route is not there.
    pub(crate) fn is_missing(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}
