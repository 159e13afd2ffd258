//! The drivers by name: what the parameter table, the pool, policies and headers speak of.
//!
//! The drivers themselves are in `upstream`, which hands this on.

/// A protocol that upstream is spoken to with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriverKind {
    /// As the web page of `ChatGPT` does.
    Web,
    /// As the Codex command line does.
    Codex,
    /// As any program with an API key does, to `OpenAI` or to a server that is like it.
    Platform,
}

impl DriverKind {
    /// Every driver, in the order they are preferred unless told otherwise.
    pub const ALL: [Self; 3] = [Self::Web, Self::Codex, Self::Platform];

    /// The word in settings, headers, logs and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Codex => "codex",
            Self::Platform => "platform",
        }
    }

    /// The driver of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}
