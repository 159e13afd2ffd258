//! The responses that are kept, each for the account of its key.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// How many are kept; beyond it the oldest is forgotten.
const MOST: usize = 1000;

/// A response that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The account's id.
    pub(crate) owner: String,
    /// The response as it is now.
    pub(crate) object: Value,
    /// As it will be when it is next looked at, if it is made in the background.
    pub(crate) awaited: Option<Value>,
    /// All items that came before its own, also in earlier requests.
    pub(crate) input: Vec<Value>,
}

/// All of them, oldest first.
#[derive(Default)]
pub(crate) struct StoredResponses(VecDeque<Stored>);

impl StoredResponses {
    /// Keeps one more.
    pub(crate) fn add(&mut self, stored: Stored) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(stored);
    }

    /// An account's response of that id.
    pub(crate) fn get(&mut self, owner: &str, id: &str) -> Option<&mut Stored> {
        let mut own = self.0.iter_mut().filter(|stored| stored.owner == owner);
        own.find(|stored| stored.object["id"] == id)
    }

    /// Forgets one; whether it was there.
    pub(crate) fn remove(&mut self, owner: &str, id: &str) -> bool {
        let before = self.0.len();
        self.0
            .retain(|stored| stored.owner != owner || stored.object["id"] != id);
        self.0.len() < before
    }

    /// An item of any of an account's responses.
    pub(crate) fn item(&self, owner: &str, id: &str) -> Option<Value> {
        let own = self.0.iter().filter(|stored| stored.owner == owner);
        let mut items = own.flat_map(Stored::items);
        items.find(|item| item["id"] == id)
    }
}

impl Stored {
    /// Its input and its output.
    pub(crate) fn items(&self) -> Vec<Value> {
        let whole = self.awaited.as_ref().unwrap_or(&self.object);
        let output = whole["output"].as_array().cloned().unwrap_or_default();
        [self.input.clone(), output].concat()
    }

    /// What it is now; what is made in the background is ready after a look.
    pub(crate) fn look(&mut self) -> Value {
        let now = self.object.clone();
        if let Some(awaited) = self.awaited.take() {
            self.object = awaited;
        }
        now
    }

    /// Ends what is made in the background; whether it was.
    pub(crate) fn cancel(&mut self) -> bool {
        let was_awaited = self.awaited.take().is_some();
        if was_awaited {
            self.object["status"] = json!("cancelled");
        }
        was_awaited || self.object["status"] == "cancelled"
    }
}
