//! A deadline for silence that costs a look at the clock per piece, not a timer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Fires when nothing happened for a while.
#[derive(Debug)]
pub(crate) struct Silence {
    limit: Duration,
    last: Instant,
    /// Armed for some earlier moment and moved on only when it fires.
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            last: Instant::now(),
            timer: Box::pin(tokio::time::sleep(limit)),
        }
    }

    /// Something happened.
    pub(crate) fn broken(&mut self) {
        self.last = Instant::now();
    }

    /// Ready when the silence has lasted too long.
    pub(crate) fn poll_too_long(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(cx).is_ready() {
            let deadline = self.last + self.limit;
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}
