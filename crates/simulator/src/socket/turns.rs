//! A turn as a socket tells it: its stream, event by event, each in an envelope of its own. What
//! the turn's first stream has sent is there at once; the rest comes at the simulator's pace.

use std::time::Duration;

use serde_json::{Value, json};

use crate::conversation::Recording;
use crate::ids;
use crate::playback;
use crate::pushes::{TurnName, number_of};
use crate::simulator::State;
use crate::timestamps::since_epoch;

/// One message about a turn.
pub(super) struct Item {
    /// How long it keeps its reader waiting.
    pub(super) pause: Duration,
    pub(super) message: Value,
    /// The turn that is over with it.
    pub(super) ends: Option<TurnName>,
}

/// A turn, as far as its reader does not know it.
pub(super) struct Told {
    /// What has been sent before.
    pub(super) missed: Vec<Item>,
    /// What is still to be sent.
    pub(super) to_come: Vec<Item>,
}

/// An account's turn from an offset on; without one, from its beginning. There is none where
/// nothing can be resumed.
pub(super) fn told(
    state: &State,
    account_id: &str,
    exchange: &str,
    offset: Option<&str>,
) -> Option<Told> {
    let conversations = state.conversations();
    let mut own = conversations.of_account_id(account_id);
    let tree = own.find(|tree| {
        let recording = tree.recording.as_ref();
        recording.is_some_and(|recording| recording.exchanges().iter().any(|it| it == exchange))
    })?;
    let turn = TurnName {
        account_id: account_id.to_owned(),
        conversation_id: tree.id.clone(),
        exchange: exchange.to_owned(),
    };
    let mut items = items(state, tree.recording.as_ref()?, &turn)?;
    let known = match offset {
        Some(offset) if offset.contains('-') => number_of(offset) + 1,
        _ => 0,
    };
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    let sent = items.sent.max(known).min(items.all.len());
    let to_come = items.all.split_off(sent);
    items.all.drain(..known.min(sent));
    Some(Told {
        missed: items.all,
        to_come,
    })
}

struct Items {
    all: Vec<Item>,
    /// How many of them the first stream has sent.
    sent: usize,
}

fn items(state: &State, recording: &Recording, turn: &TurnName) -> Option<Items> {
    let (frames, sent) = recording.frames_to_tell()?;
    let envelopes = Envelopes {
        turn,
        began: (recording.began() * 1000.0).round(),
        // Together they are no other turn's, so that no item has the id of another turn's.
        names: recording.exchanges().join(" "),
    };
    let now = since_epoch(state.now()).as_millis();
    let mut all = Vec::with_capacity(frames.len() + 1);
    for (index, frame) in frames.iter().enumerate() {
        let mut bytes = Vec::new();
        frame.write_to(recording.framing(), &mut bytes);
        let mut payload = envelopes.stream_item(index, &String::from_utf8(bytes).ok()?);
        payload["server_timestamp_ms"] = json!(now);
        all.push(Item {
            pause: playback::pause_before(state.options.pace, index, frame),
            message: envelopes.around(index, &payload),
            ends: None,
        });
    }
    let is_over = sent == frames.len();
    all.push(Item {
        pause: Duration::ZERO,
        message: envelopes.around(frames.len(), &envelopes.done()),
        ends: (!is_over).then(|| turn.clone()),
    });
    let sent = if is_over { all.len() } else { sent };
    Some(Items { all, sent })
}

/// What the items of one turn are enclosed in.
struct Envelopes<'a> {
    turn: &'a TurnName,
    /// When it began, in milliseconds since 1970.
    began: f64,
    names: String,
}

impl Envelopes<'_> {
    fn around(&self, index: usize, payload: &Value) -> Value {
        json!({
            "type": "message",
            "topic_id": format!("conversation-turn-{}", self.turn.exchange),
            "offset": format!("{}-{index}", self.began),
            "payload": {"type": "conversation-turn-stream", "payload": payload},
        })
    }

    fn stream_item(&self, index: usize, encoded: &str) -> Value {
        json!({
            "type": "stream-item",
            "conversation_id": self.turn.conversation_id,
            "turn_id": self.turn.exchange,
            "encoded_item": encoded,
            "stream_item_id": self.item_id(index),
            "parent_stream_item_id": index.checked_sub(1).map(|index| self.item_id(index)),
        })
    }

    fn done(&self) -> Value {
        json!({
            "type": "done",
            "conversation_id": self.turn.conversation_id,
            "turn_id": self.turn.exchange,
        })
    }

    fn item_id(&self, index: usize) -> String {
        ids::uuid(&["stream item", &self.names, &index.to_string()])
    }
}
