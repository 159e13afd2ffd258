//! One turn with everything that decides how its stream was written, so that the same events can
//! be written again from any of them on. Nothing of the stream itself is kept.

use std::sync::{Arc, Weak};

use crate::faults::{self, Kind};
use crate::frame::{Frame, FrameKind};
use crate::framing::{Encoding, Framing};
use crate::open_streams::OpenStream;
use crate::render;
use crate::timeline::{Step, Timeline};

use super::turn::Turn;

/// A turn that was told.
pub(crate) struct Recording {
    pub(super) turn: Turn,
    pub(super) fault: &'static str,
    pub(super) framing: Framing,
    pub(super) encoding: Encoding,
    live: Weak<OpenStream>,
    /// What the turn is called in it, the name to go on by last.
    exchanges: Vec<String>,
}

/// What one who resumes a turn's stream gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resumption {
    /// The rest of the stream.
    Rest,
    /// The word that the finished answer is in the conversation.
    Persisted,
    /// Nothing, because there is no such path.
    NoPath,
    /// Nothing.
    Gone,
}

impl Recording {
    /// A turn about to be told.
    pub(super) fn new(
        turn: Turn,
        fault: &'static str,
        framing: Framing,
        encoding: Encoding,
    ) -> Self {
        Self {
            turn,
            fault,
            framing,
            encoding,
            live: Weak::new(),
            exchanges: Vec::new(),
        }
    }

    /// Notes what the turn is called in its stream.
    pub(super) fn note_exchanges(&mut self, timeline: &Timeline) {
        let in_messages = timeline.steps.iter().filter_map(|step| match step {
            Step::Begin(message) => message["metadata"]["turn_exchange_id"].as_str(),
            _ => None,
        });
        let in_events = timeline.steps.iter().filter_map(|step| match step {
            Step::Side(event) => event["turn_exchange_id"].as_str(),
            _ => None,
        });
        for exchange in in_messages.chain(in_events) {
            if !self.exchanges.iter().any(|known| known == exchange) {
                self.exchanges.push(exchange.to_owned());
            }
        }
    }

    /// What the turn is called in its stream, the name to go on by last.
    pub(crate) fn exchanges(&self) -> &[String] {
        &self.exchanges
    }

    /// When the turn began, in seconds since 1970.
    pub(crate) fn began(&self) -> f64 {
        self.turn.began()
    }

    /// How its streams are written.
    pub(crate) fn framing(&self) -> &Framing {
        &self.framing
    }

    /// All frames but the end marker, and how many of them the first stream has sent; nothing
    /// where there is nothing to resume.
    pub(crate) fn frames_to_tell(&self) -> Option<(Vec<Frame>, usize)> {
        if self.resumption() != Resumption::Rest {
            return None;
        }
        let timeline = self.timeline()?;
        let without_end = |mut frames: Vec<Frame>| {
            frames.retain(|frame| frame.kind != FrameKind::Done);
            frames
        };
        let sent = without_end(self.first_frames(&timeline)).len();
        Some((without_end(self.encode(&timeline)), sent))
    }

    /// All that happens in the turn's stream, a hand-off and what comes after it included.
    pub(super) fn timeline(&self) -> Option<Timeline> {
        let mut timeline = self.turn.timeline(&self.framing)?;
        faults::timeline::bend(self.fault, &mut timeline);
        if self.hands_off() {
            faults::timeline::hand_off(&mut timeline);
        }
        Some(timeline)
    }

    /// The frames of the first stream.
    pub(super) fn first_frames(&self, timeline: &Timeline) -> Vec<Frame> {
        if self.hands_off() {
            self.encode(&timeline.before_answer())
        } else {
            self.encode(timeline)
        }
    }

    /// The frames from the event of that number on. The word about the encoding comes again, and
    /// is not counted a second time.
    pub(super) fn frames_from(&self, event: usize) -> Option<Vec<Frame>> {
        let mut frames = self.encode(&self.timeline()?);
        let done = frames.pop_if(|frame| frame.kind == FrameKind::Done);
        let skipped = match frames.first() {
            Some(first) if first.kind == FrameKind::Prologue => 1..event.max(1),
            _ => 0..event,
        };
        let end = skipped.end.min(frames.len());
        frames.drain(skipped.start.min(end)..end);
        frames.extend(done);
        Some(frames)
    }

    /// What one who resumes gets.
    pub(super) fn resumption(&self) -> Resumption {
        match self.fault {
            "handoff" | "drop-mid" | "slow-first" => Resumption::Rest,
            "drop-410" => Resumption::Persisted,
            "handoff-poll" => Resumption::NoPath,
            fault => match faults::find(fault) {
                Some((Kind::Stream, _)) => Resumption::Gone,
                _ => Resumption::Rest,
            },
        }
    }

    /// Whether the first stream ends without an answer and says so.
    pub(super) fn hands_off(&self) -> bool {
        self.fault.starts_with("handoff")
    }

    /// Notes that somebody reads the stream, until the value is dropped.
    pub(super) fn read_by(&mut self, open: &Arc<OpenStream>) {
        self.live = Arc::downgrade(open);
    }

    /// Whether somebody reads the stream.
    pub(super) fn is_read(&self) -> bool {
        self.live.strong_count() > 0
    }

    fn encode(&self, timeline: &Timeline) -> Vec<Frame> {
        render::encode(timeline, self.encoding, &self.framing)
    }
}
