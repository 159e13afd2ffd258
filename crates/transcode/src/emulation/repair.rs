//! One more question, after an answer that was not as agreed.

use super::violation::Violation;
use crate::turn::{Speaker, Turn, TurnMessage};

/// How the message begins that says what was wrong.
const OPENING: &str = "The answer above does not have the agreed form:";

/// The same conversation, gone on with the answer and a message that says what is wrong with it.
/// `turn` is one that was prepared. Attachments stay where they are.
#[must_use]
pub fn repair_turn(turn: &Turn, answer: &str, violation: &Violation) -> Turn {
    let mut repair = turn.clone();
    // An empty message is refused upstream.
    if !answer.trim().is_empty() {
        repair
            .messages
            .push(TurnMessage::text(Speaker::Assistant, answer));
    }
    let words = format!(
        "{OPENING} {violation}\n\nPlease write the whole answer once more, in the form described \
         at the beginning of the conversation."
    );
    repair
        .messages
        .push(TurnMessage::text(Speaker::User, words));
    repair
}
