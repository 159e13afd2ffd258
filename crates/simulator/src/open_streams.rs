//! Counts the conversation responses that are still being sent, so that a test can see whether a
//! reader that went away was noticed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The count.
#[derive(Clone, Default)]
pub(crate) struct OpenStreams(Arc<AtomicUsize>);

impl OpenStreams {
    /// Counts one more, until the returned value is dropped.
    pub(crate) fn open(&self) -> OpenStream {
        self.0.fetch_add(1, Ordering::SeqCst);
        OpenStream {
            count: Arc::clone(&self.0),
            at_end: None,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// One that is counted.
pub(crate) struct OpenStream {
    count: Arc<AtomicUsize>,
    at_end: Option<AtEnd>,
}

type AtEnd = Box<dyn FnOnce() + Send + Sync>;

impl OpenStream {
    /// The same, with something to be done when it ends, whether or not it was read to its end.
    pub(crate) fn then(mut self, at_end: impl FnOnce() + Send + Sync + 'static) -> Self {
        self.at_end = Some(Box::new(at_end));
        self
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        if let Some(at_end) = self.at_end.take() {
            at_end();
        }
    }
}
