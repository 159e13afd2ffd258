//! What the service knows of a turn beside its text, for scripts that answer by it. Plain data: the
//! conversation route gathers it, stories are told with it.

/// What is known of a turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct TurnFacts {
    /// A line about each file that came with the message that is answered.
    pub(crate) attachments: Vec<String>,
}
