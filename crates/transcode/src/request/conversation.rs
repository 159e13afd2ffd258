//! A [`Turn`] as the body of a web conversation request.
//!
//! Called by `upstream`'s web driver, which supplies the ids and the time.

use chatgpt::conversation_request::{
    ConversationMode, ConversationRequest, Empty, OutgoingAuthor, OutgoingContent, OutgoingMessage,
};

use crate::turn::{Turn, TurnMessage};

/// Where a new conversation hangs.
const ROOT: &str = "client-created-root";

/// What the driver decides about a turn.
#[derive(Debug)]
pub struct Decisions {
    /// The model's slug.
    pub slug: String,
    /// How long to think, in the model's words.
    pub thinking_effort: Option<String>,
    /// The message to go on from, when the turn does not say.
    pub parent_message_id: Option<String>,
    /// Whether upstream keeps the conversation.
    pub keep_history: bool,
    /// Unix seconds.
    pub now: f64,
}

/// Builds the body; `new_id` makes a fresh UUID for each message.
pub fn conversation_request(
    turn: &Turn,
    decisions: Decisions,
    mut new_id: impl FnMut() -> String,
) -> ConversationRequest {
    let message = |message: &TurnMessage| OutgoingMessage {
        id: new_id(),
        author: OutgoingAuthor {
            role: message.role.name(),
        },
        create_time: decisions.now,
        content: OutgoingContent {
            content_type: "text",
            parts: [message.joined_text()],
        },
        metadata: Empty {},
    };
    ConversationRequest {
        action: "next",
        messages: turn.messages.iter().map(message).collect(),
        conversation_id: turn.conversation_id.clone(),
        parent_message_id: turn
            .parent_message_id
            .clone()
            .or(decisions.parent_message_id)
            .unwrap_or_else(|| ROOT.to_owned()),
        model: decisions.slug,
        client_prepare_state: "none",
        conversation_mode: ConversationMode {
            kind: "primary_assistant",
        },
        system_hints: [],
        thinking_effort: decisions.thinking_effort,
        supports_buffering: true,
        supported_encodings: ["v1"],
        history_and_training_disabled: !decisions.keep_history,
    }
}

#[cfg(test)]
mod tests {
    use super::{Decisions, conversation_request};
    use crate::turn::{Speaker, Turn, TurnMessage};

    #[test]
    fn a_turn_becomes_the_body_the_web_page_would_send_without_a_browser() {
        let message = |role, text: &str| TurnMessage::text(role, text);
        let turn = Turn {
            messages: vec![
                message(Speaker::System, "Be brief."),
                message(Speaker::User, "你好"),
            ],
            ..Turn::default()
        };
        let decisions = Decisions {
            slug: "gpt-5-2".into(),
            thinking_effort: None,
            parent_message_id: None,
            keep_history: false,
            now: 1_769_267_362.5,
        };
        let mut ids = 0;
        let request = conversation_request(&turn, decisions, || {
            ids += 1;
            format!("id-{ids}")
        });
        insta::assert_json_snapshot!(request);
    }
}
