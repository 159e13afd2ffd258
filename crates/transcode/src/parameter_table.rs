//! What each driver does with each parameter of each face: data, in one place.
//!
//! Routing, reply headers, `/capabilities`, the documents and their tests read it. What a
//! parameter holds is read by `request`. Called by `request` and `api`.

mod asked;
mod capabilities;
mod drawing_rows;
mod need;
mod reference;
mod rows;
mod verdict;

pub use asked::{AskedParameter, asked, asked_one};
pub use capabilities::capabilities;
pub use need::{NEEDS, Need, needs};
pub use reference::reference;
pub use verdict::{Emulation, Refusal, Verdict, judge};

use serde_json::Value;

use crate::driver_kind::DriverKind;
use crate::turn::Turn;

/// A public API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceKind {
    /// `OpenAI`'s Chat Completions.
    ChatCompletions,
    /// `OpenAI`'s Responses.
    Responses,
    /// `Anthropic`'s Messages.
    Messages,
    /// `OpenAI`'s Images.
    Images,
}

impl FaceKind {
    /// Every face.
    pub const ALL: [Self; 4] = [
        Self::ChatCompletions,
        Self::Responses,
        Self::Messages,
        Self::Images,
    ];

    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::Images => "images",
        }
    }
}

/// What a driver does with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Upstream is told.
    Passed,
    /// The gateway does it itself.
    Done,
    /// The gateway does it with what the driver has, where the operator allows that; else refused.
    Emulated,
    /// Passed where the driver speaks the caller's protocol; else dropped.
    PassedOrDropped,
    /// Passed where the driver speaks the caller's protocol; else refused.
    PassedOrRefused,
    /// It has no effect, and the reply says so.
    Dropped,
    /// It would change the answer, and cannot be done: 400, unless it asks for what happens anyway.
    Refused,
}

impl Treatment {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Done => "done",
            Self::Emulated => "emulated",
            Self::PassedOrDropped => "passed_or_dropped",
            Self::PassedOrRefused => "passed_or_refused",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
        }
    }
}

/// What each driver does with something.
#[derive(Debug, Clone, Copy)]
pub struct Treatments {
    /// The `web` driver.
    pub web: Treatment,
    /// The `codex` driver.
    pub codex: Treatment,
    /// The `platform` driver.
    pub platform: Treatment,
}

impl Treatments {
    /// What one driver does.
    pub fn of(&self, driver: DriverKind) -> Treatment {
        match driver {
            DriverKind::Web => self.web,
            DriverKind::Codex => self.codex,
            DriverKind::Platform => self.platform,
        }
    }
}

/// A parameter, by what it means.
#[derive(Debug)]
pub struct Parameter {
    /// What each face calls it, in the order of [`FaceKind::ALL`]; empty where a face has none.
    pub names: [&'static [&'static str]; 4],
    /// What the drivers do with it.
    pub treatments: Treatments,
    /// Whether a value asks for what happens anyway.
    pub asks_for_nothing: fn(&Value) -> bool,
    /// Whether it asks for something with all the rest of the turn in view.
    pub is_asked: fn(&Turn) -> bool,
    /// What it is for, and what is said to who cannot have it.
    pub about: &'static str,
}

impl Parameter {
    /// What a face calls it.
    pub fn names(&self, face: FaceKind) -> &'static [&'static str] {
        match face {
            FaceKind::ChatCompletions => self.names[0],
            FaceKind::Responses => self.names[1],
            FaceKind::Messages => self.names[2],
            FaceKind::Images => self.names[3],
        }
    }
}

/// Every parameter of every face.
pub fn parameters() -> impl Iterator<Item = &'static Parameter> {
    rows::ROWS.iter().chain(drawing_rows::ROWS)
}

/// Finds a face's parameter.
pub fn find(face: FaceKind, name: &str) -> Option<&'static Parameter> {
    parameters().find(|row| row.names(face).contains(&name))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{FaceKind, NEEDS, find, parameters};

    #[test]
    fn every_name_of_a_face_stands_once() {
        for face in FaceKind::ALL {
            let mut seen = HashSet::new();
            for name in parameters().flat_map(|row| row.names(face)) {
                assert!(seen.insert(name), "{name} of {}", face.name());
                assert!(find(face, name).is_some());
            }
        }
        let needs: HashSet<_> = NEEDS.iter().map(|it| it.name).collect();
        assert_eq!(needs.len(), NEEDS.len());
    }
}
