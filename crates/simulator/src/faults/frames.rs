//! Faults that spoil a stream on its way: frames missing, broken, repeated or too many, and
//! connections that end as they should not. What is stored is not touched; where that ends early
//! too, the timeline has been cut before.

use serde_json::json;

use crate::frame::{Frame, FrameKind};
use crate::playback::{Ending, Performance};

/// Plays frames the way a fault asks; faults of other kinds play them as they are.
pub(crate) fn spoil(name: &str, frames: Vec<Frame>) -> Performance {
    let mut performance = Performance::of(frames);
    let frames = &mut performance.frames;
    match name {
        "missing-done" | "truncated" => remove_done(frames),
        "drop" => {
            remove_done(frames);
            performance.ending = Ending::Abort;
        }
        "drop-mid" | "drop-410" => {
            frames.truncate(middle(frames));
            performance.ending = Ending::Abort;
        }
        "stall-mid" => {
            remove_done(frames);
            performance.ending = Ending::Silence;
        }
        "cut-character" => {
            remove_done(frames);
            frames.truncate(last_wide(frames) + 1);
            performance.ending = Ending::InsideCharacter;
        }
        "malformed" => add_broken(frames, 1),
        "malformed-many" => add_broken(frames, 10),
        "events-after-done" => add_after_done(frames),
        "done-twice" => {
            end_with_done(frames);
            frames.push(Frame::done());
        }
        "huge-line" => add_huge(frames),
        "slow-first" => performance.first_delay = std::time::Duration::from_millis(300),
        _ => {}
    }
    performance
}

/// The index of the frame before which the last message has half its changes.
fn middle(frames: &[Frame]) -> usize {
    let begin = frames
        .iter()
        .rposition(|frame| frame.kind == FrameKind::Begin)
        .unwrap_or_default();
    let changes: Vec<usize> = (begin..frames.len())
        .filter(|index| frames[*index].kind == FrameKind::Delta)
        .collect();
    changes
        .get(changes.len() / 2)
        .copied()
        .unwrap_or((begin + 1).min(frames.len()))
}

/// The last frame that holds more than ASCII, or else the last.
fn last_wide(frames: &[Frame]) -> usize {
    frames
        .iter()
        .rposition(|frame| !frame.data.is_ascii())
        .unwrap_or(frames.len().saturating_sub(1))
}

fn remove_done(frames: &mut Vec<Frame>) {
    frames.retain(|frame| frame.kind != FrameKind::Done);
}

/// Inserts events that are not JSON between the last message's changes.
fn add_broken(frames: &mut Vec<Frame>, count: usize) {
    let event = is_v1(frames).then_some("delta");
    for _ in 0..count {
        let at = middle(frames);
        frames.insert(
            at,
            Frame {
                kind: FrameKind::Side,
                event,
                data: r#"{"p":"/message/content/parts/0","o":"append","v":"brok"#.to_owned(),
            },
        );
    }
}

fn add_after_done(frames: &mut Vec<Frame>) {
    end_with_done(frames);
    let late = if is_v1(frames) {
        let change = json!({"p": "/message/content/parts/0", "o": "append", "v": " (too late)"});
        Some(Frame {
            kind: FrameKind::Side,
            event: Some("delta"),
            data: change.to_string(),
        })
    } else {
        let begin = frames
            .iter()
            .rposition(|frame| frame.kind == FrameKind::Begin);
        begin.map(|index| Frame::bare(FrameKind::Side, frames[index].data.clone()))
    };
    frames.extend(late);
    let title = json!({"type": "title_generation", "title": "Too late"});
    frames.push(Frame::bare(FrameKind::Side, title.to_string()));
}

fn add_huge(frames: &mut Vec<Frame>) {
    const FILLER_BYTES: usize = 5_000_000;
    let event = json!({
        "type": "server_ste_metadata",
        "metadata": {"filler": "x".repeat(FILLER_BYTES)},
    });
    let at = middle(frames);
    frames.insert(at, Frame::bare(FrameKind::Side, event.to_string()));
}

fn end_with_done(frames: &mut Vec<Frame>) {
    if frames
        .last()
        .is_none_or(|frame| frame.kind != FrameKind::Done)
    {
        frames.push(Frame::done());
    }
}

fn is_v1(frames: &[Frame]) -> bool {
    frames
        .first()
        .is_some_and(|frame| frame.kind == FrameKind::Prologue)
}
