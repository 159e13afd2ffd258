//! The parameters of one request that ask for something. Called by `request` for every face.

use std::fmt;

use openai::parameters::Parameters;
use serde_json::Value;

use super::{FaceKind, Parameter, find};

/// A parameter that asks for something.
#[derive(Clone)]
pub struct AskedParameter {
    /// As the caller wrote it.
    pub name: String,
    /// What it is; nothing for one that no face has.
    pub parameter: Option<&'static Parameter>,
}

impl fmt::Debug for AskedParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl PartialEq for AskedParameter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// All that ask for something, in the order they were sent.
pub fn asked(face: FaceKind, parameters: &Parameters<'_>) -> Vec<AskedParameter> {
    let entries = parameters.entries();
    let asked = entries.filter_map(|(name, raw)| {
        // What means something is looked at; the others only have a name.
        let value = match find(face, name) {
            Some(_) => serde_json::from_str(raw.get()).unwrap_or_default(),
            None => Value::Null,
        };
        asked_one(face, name, &value)
    });
    asked.collect()
}

/// A parameter, if it asks for something.
pub fn asked_one(face: FaceKind, name: &str, value: &Value) -> Option<AskedParameter> {
    let parameter = find(face, name);
    let is_for_nothing = parameter.is_some_and(|it| (it.asks_for_nothing)(value));
    (!is_for_nothing).then(|| AskedParameter {
        name: name.to_owned(),
        parameter,
    })
}
