//! What the service knows of a turn beside its text, for scripts that answer by it. Plain data: the
//! conversation route gathers it, stories are told with it.

use crate::gizmos::Gizmo;
use crate::limits::Limits;

/// What is known of a turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct TurnFacts {
    /// A line about each file that came with the message that is answered.
    pub(crate) attachments: Vec<String>,
    /// The GPT that answers, or the project in which the turn takes place.
    pub(crate) gizmo: Option<Gizmo>,
    /// What the account has used up.
    pub(crate) limits: Limits,
}
