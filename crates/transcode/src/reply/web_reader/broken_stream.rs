//! Why a stream is not a whole answer, and how the answer goes on where it does.
//!
//! Made by `WebReader`; the driver decides what follows.

use chatgpt::stream_event::UpstreamFault;

/// Why a stream is not a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenStream {
    /// Upstream said so.
    #[error("upstream reported an error in its answer: {}", .0.message)]
    Reported(UpstreamFault),
    /// It ended before the answer did.
    #[error("upstream's answer ended before it was complete")]
    Truncated,
    /// It ended properly, without an answer.
    #[error("upstream ended its answer without saying anything")]
    Empty,
    /// The answer continues elsewhere.
    #[error("upstream moved the answer to another channel")]
    HandedOff,
    /// It ended properly, and a picture is still being drawn.
    #[error("upstream is still drawing a picture of its answer")]
    ImagePending {
        /// Upstream's task that draws it, where stated.
        task_id: Option<String>,
    },
    /// An earlier message changed after a later one had begun.
    #[error("upstream changed a part of its answer that was already finished")]
    OutOfOrder,
    /// Too many events could not be read.
    #[error("upstream's answer cannot be read")]
    Malformed,
}
