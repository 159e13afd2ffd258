//! One document of the delta encoding: JSON text until something in it changes.
//!
//! Most documents are messages that are read once and never change. Called by `delta`.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A document.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// As it came, while nothing in it has changed.
    text: Option<Box<RawValue>>,
    value: Value,
}

impl Document {
    /// One that has just come.
    pub(super) fn new(text: &RawValue) -> Self {
        Self {
            text: Some(text.to_owned()),
            value: Value::Null,
        }
    }

    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        match &self.text {
            Some(text) => serde_json::from_str(text.get()),
            None => T::deserialize(&self.value),
        }
    }

    /// Its value, which may be changed; null when it is nested too deep to have one.
    pub(super) fn value(&mut self) -> &mut Value {
        if let Some(text) = self.text.take() {
            self.value = serde_json::from_str(text.get()).unwrap_or_default();
        }
        &mut self.value
    }
}
