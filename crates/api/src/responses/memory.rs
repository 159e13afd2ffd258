//! What a connection remembers of the responses that are kept nowhere else: the latest of each
//! lane, so that its caller can go on from it and send only what is new.
//!
//! Gone with the connection. Made by `socket`; read by `context` and written by `keeping`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// The lane of a connection; `None` for the one without a name.
pub(super) type Lane = Option<Arc<str>>;

/// The memory of one connection.
#[derive(Debug)]
pub(super) struct Memory {
    most_bytes: usize,
    responses: Mutex<VecDeque<Remembered>>,
}

#[derive(Debug)]
struct Remembered {
    lane: Lane,
    id: String,
    /// All that was said up to and in it, as JSON.
    said: String,
}

/// The memory as one lane has it.
#[derive(Debug, Clone)]
pub(super) struct LaneMemory {
    memory: Arc<Memory>,
    lane: Lane,
}

impl Memory {
    /// A memory that never holds more than `most_bytes`.
    pub(super) fn new(most_bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            most_bytes,
            responses: Mutex::default(),
        })
    }

    /// The same, for one lane.
    pub(super) fn of_lane(self: &Arc<Self>, lane: &Lane) -> LaneMemory {
        LaneMemory {
            memory: Arc::clone(self),
            lane: lane.clone(),
        }
    }
}

impl LaneMemory {
    /// Remembers a response in place of the one before it; of all lanes the oldest make room.
    pub(super) fn keep(&self, id: &str, said: [&Vec<Value>; 3]) {
        let said: Vec<&Value> = said.into_iter().flatten().collect();
        // Values can always be written.
        let said = serde_json::to_string(&said).unwrap_or_default();
        let mut responses = self.responses();
        responses.retain(|it| it.lane != self.lane);
        responses.push_back(Remembered {
            lane: self.lane.clone(),
            id: id.to_owned(),
            said,
        });
        while responses.iter().map(|it| it.said.len()).sum::<usize>() > self.memory.most_bytes {
            responses.pop_front();
        }
    }

    /// What was said up to and in a response of any lane.
    pub(super) fn recall(&self, id: &str) -> Option<Vec<Value>> {
        let responses = self.responses();
        let found = responses.iter().find(|it| it.id == id)?;
        serde_json::from_str(&found.said).ok()
    }

    /// Forgets a response of this lane that could not be gone on from.
    pub(super) fn forget(&self, id: &str) {
        self.responses()
            .retain(|it| it.lane != self.lane || it.id != id);
    }

    fn responses(&self) -> std::sync::MutexGuard<'_, VecDeque<Remembered>> {
        let responses = self.memory.responses.lock();
        responses.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Memory;

    fn said(text: &str) -> Vec<Value> {
        vec![json!(text)]
    }

    #[test]
    fn each_lane_remembers_its_latest_response_and_all_can_go_on_from_it() {
        let memory = Memory::new(1000);
        let (main, other) = (memory.of_lane(&None), memory.of_lane(&Some("b".into())));
        main.keep("1", [&said("a"), &said("b"), &said("c")]);
        other.keep("2", [&Vec::new(), &said("d"), &Vec::new()]);
        assert_eq!(
            other.recall("1"),
            Some(vec![json!("a"), json!("b"), json!("c")])
        );
        main.keep("3", [&Vec::new(), &said("e"), &Vec::new()]);
        assert_eq!(main.recall("1"), None);
        main.forget("2");
        assert_eq!(main.recall("2"), Some(said("d")), "it is another lane's");
        other.forget("2");
        assert_eq!(main.recall("2"), None);
    }

    #[test]
    fn the_oldest_make_room_and_what_is_too_large_is_not_remembered() {
        let memory = Memory::new(20);
        let lane = |name: &str| memory.of_lane(&Some(name.into()));
        lane("a").keep("1", [&said("12345"), &Vec::new(), &Vec::new()]);
        lane("b").keep("2", [&said("12345"), &Vec::new(), &Vec::new()]);
        lane("c").keep("3", [&said("12345"), &Vec::new(), &Vec::new()]);
        assert_eq!(lane("a").recall("1"), None);
        assert!(lane("a").recall("2").is_some());
        lane("d").keep("4", [&said(&"x".repeat(30)), &Vec::new(), &Vec::new()]);
        assert_eq!(lane("d").recall("4"), None);
    }
}
