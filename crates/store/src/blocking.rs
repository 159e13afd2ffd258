//! Work with files that has several steps: done on a thread that may wait.
//!
//! What was begun is done to its end, even when nobody waits for it any more.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store_error::StoreError;

pub(crate) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(StoreError::Io(io::Error::other(stopped))),
    }
}

/// What a panic left behind is whole: nothing here is changed in more than one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
