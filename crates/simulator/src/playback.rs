//! Sends the frames of a stream at the chosen pace, cut as the framing asks, and ends the way it
//! should or a fault demands. Everything happens while the body is polled, so that dropping the
//! body stops it; nothing runs beside it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use crate::frame::{self, Frame, FrameKind};
use crate::framing::Framing;
use crate::open_streams::OpenStream;
use crate::options::Pace;

/// The largest write when nothing asks for smaller ones.
const LARGEST_WRITE: usize = 16 * 1024;

/// How a stream ends after its last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As a response should.
    Close,
    /// The connection breaks.
    Abort,
    /// Nothing more comes, and the connection stays.
    Silence,
    /// As a response should, but in the middle of a character of the last frame.
    InsideCharacter,
}

/// What is to be sent, and how it ends.
#[derive(Clone, Debug)]
pub(crate) struct Performance {
    pub(crate) frames: Vec<Frame>,
    pub(crate) ending: Ending,
    /// How long the first frame keeps a reader waiting.
    pub(crate) first_delay: Duration,
}

impl Performance {
    /// The frames and nothing unusual.
    pub(crate) fn of(frames: Vec<Frame>) -> Self {
        Self {
            frames,
            ending: Ending::Close,
            first_delay: Duration::ZERO,
        }
    }

    /// The body that sends it.
    pub(crate) fn body(&self, pace: Pace, framing: &Framing, open: Arc<OpenStream>) -> Body {
        let player = Player {
            writes: self.writes(pace, framing),
            ending: self.ending,
            yields: framing.split_every.is_some(),
            _open: open,
        };
        Body::from_stream(stream::unfold(player, Player::next))
    }

    /// Every write and the pause before it.
    fn writes(&self, pace: Pace, framing: &Framing) -> VecDeque<(Duration, Bytes)> {
        let mut groups = self.groups(pace, framing);
        if self.ending == Ending::InsideCharacter
            && let Some((_, bytes)) = groups.last_mut()
        {
            bytes.truncate(inside_last_character(bytes));
        }
        let limit = framing.split_every.unwrap_or(LARGEST_WRITE).max(1);
        let mut writes = VecDeque::new();
        let mut pause = self.first_delay;
        for (pause_before, bytes) in groups {
            pause += pause_before;
            let mut rest = Bytes::from(bytes);
            while !rest.is_empty() {
                let write = rest.split_to(limit.min(rest.len()));
                writes.push_back((std::mem::take(&mut pause), write));
            }
        }
        writes
    }

    /// The bytes between pauses: all of them at once, or a group from each change to the next.
    fn groups(&self, pace: Pace, framing: &Framing) -> Vec<(Duration, Vec<u8>)> {
        if pace == Pace::Instant {
            return vec![(Duration::ZERO, frame::bytes_of(&self.frames, framing))];
        }
        let mut groups = vec![(Duration::ZERO, Vec::new())];
        for (index, frame) in self.frames.iter().enumerate() {
            if frame.kind == FrameKind::Delta {
                groups.push((pause(pace, index), Vec::new()));
            }
            if let Some((_, bytes)) = groups.last_mut() {
                frame.write_to(framing, bytes);
            }
        }
        groups
    }
}

/// The pause before the frame of that number.
pub(crate) fn pause_before(pace: Pace, index: usize, frame: &Frame) -> Duration {
    match frame.kind {
        FrameKind::Delta => pause(pace, index),
        _ => Duration::ZERO,
    }
}

/// The pause before a change.
fn pause(pace: Pace, index: usize) -> Duration {
    /// Milliseconds, in turn; they average 25.
    const UNEVEN: [u64; 7] = [18, 31, 24, 27, 16, 38, 21];
    match pace {
        Pace::Instant => Duration::ZERO,
        Pace::Every(period) => period,
        Pace::Reading => Duration::from_millis(UNEVEN[index % UNEVEN.len()]),
    }
}

/// How many of the bytes there are up to the first byte of the last character beyond ASCII; half
/// of them if there is none.
fn inside_last_character(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rposition(|byte| *byte >= 0xc0)
        .map_or(bytes.len() / 2, |lead| lead + 1)
}

struct Player {
    writes: VecDeque<(Duration, Bytes)>,
    ending: Ending,
    /// Whether to let the connection send each write before the next is made.
    yields: bool,
    _open: Arc<OpenStream>,
}

impl Player {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        if let Some((pause, write)) = self.writes.pop_front() {
            if pause > Duration::ZERO {
                tokio::time::sleep(pause).await;
            } else if self.yields {
                tokio::task::yield_now().await;
            }
            return Some((Ok(write), self));
        }
        match self.ending {
            Ending::Close | Ending::InsideCharacter => None,
            Ending::Silence => std::future::pending().await,
            Ending::Abort => {
                // What was written before must leave before the connection breaks.
                tokio::task::yield_now().await;
                self.ending = Ending::Close;
                Some((Err(io::ErrorKind::ConnectionAborted.into()), self))
            }
        }
    }
}
