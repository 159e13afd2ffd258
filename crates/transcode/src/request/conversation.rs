//! A [`Turn`] as the body of a web conversation request.
//!
//! Called by `upstream`'s web driver, which supplies the ids, the time and what became of the
//! attachments.

use chatgpt::conversation_request::{
    ConversationMode, ConversationRequest, ImagePointer, OutgoingAttachment, OutgoingAuthor,
    OutgoingContent, OutgoingMessage, OutgoingMetadata, OutgoingPart,
};

use crate::turn::{Drawing, Hint, Turn, TurnMessage};

/// Where a new conversation hangs.
const ROOT: &str = "client-created-root";

/// What the driver decides about a turn.
#[derive(Debug)]
pub struct Decisions {
    /// The model's slug.
    pub slug: String,
    /// The GPT or project that is talked to.
    pub gizmo_id: Option<String>,
    /// How long to think, in the model's words.
    pub thinking_effort: Option<String>,
    /// The message to go on from, when the turn does not say.
    pub parent_message_id: Option<String>,
    /// Whether upstream keeps the conversation.
    pub keep_history: bool,
    /// Unix seconds.
    pub now: f64,
}

/// A file as upstream has it after its upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Upstream's id.
    pub id: String,
    /// Bytes.
    pub size: u64,
    /// Its name.
    pub name: String,
    /// Its type, by its content.
    pub mime: String,
    /// Of a picture, in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// Of a document, where upstream counted.
    pub tokens: Option<u64>,
}

/// What became of an attachment of the turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It was uploaded.
    File(UploadedFile),
    /// It became text, as a recording does.
    Text(String),
}

/// Builds the body; `new_id` makes a fresh UUID for each message, and `placed` are the turn's
/// attachments in the order they stand in its messages.
pub fn conversation_request(
    turn: &Turn,
    decisions: Decisions,
    placed: &[Placed],
    mut new_id: impl FnMut() -> String,
) -> ConversationRequest {
    let hints: Vec<&'static str> = turn.hints.iter().map(|hint| hint_name(*hint)).collect();
    let mut rest = placed;
    let mut messages = Vec::with_capacity(turn.messages.len());
    for message in &turn.messages {
        let (own, later) = rest.split_at(message.attachments().count().min(rest.len()));
        rest = later;
        messages.push(OutgoingMessage {
            id: new_id(),
            author: OutgoingAuthor {
                role: message.role.name(),
            },
            create_time: decisions.now,
            content: content(message, own),
            metadata: OutgoingMetadata {
                attachments: own.iter().filter_map(attachment).collect(),
                system_hints: Vec::new(),
            },
        });
    }
    if let Some(last) = messages.last_mut() {
        last.metadata.system_hints.clone_from(&hints);
        let size = turn.drawing.as_ref().and_then(Drawing::size_in_words);
        if let (Some(size), Some(OutgoingPart::Text(text))) = (size, last.content.parts.last_mut())
        {
            text.push_str("\n\n");
            text.push_str(&size);
        }
    }
    ConversationRequest {
        action: "next",
        messages,
        conversation_id: turn.conversation_id.clone(),
        parent_message_id: turn
            .parent_message_id
            .clone()
            .or(decisions.parent_message_id)
            .unwrap_or_else(|| ROOT.to_owned()),
        model: decisions.slug,
        client_prepare_state: "none",
        conversation_mode: ConversationMode {
            kind: match decisions.gizmo_id {
                Some(_) => "gizmo_interaction",
                None => "primary_assistant",
            },
            gizmo_id: decisions.gizmo_id,
        },
        system_hints: hints,
        thinking_effort: decisions.thinking_effort,
        supports_buffering: true,
        supported_encodings: ["v1"],
        history_and_training_disabled: !decisions.keep_history,
    }
}

fn hint_name(hint: Hint) -> &'static str {
    match hint {
        Hint::Picture => "picture_v2",
        Hint::Search => "search",
        // The web's models run code when they find it useful; there is no switch for it.
        Hint::Code => "code",
    }
}

/// The pictures, then all text in one piece: upstream wants pictures first.
fn content(message: &TurnMessage, placed: &[Placed]) -> OutgoingContent {
    let mut text = message.joined_text();
    let mut parts = Vec::new();
    for placed in placed {
        match placed {
            Placed::File(file) => parts.extend(image_part(file).map(OutgoingPart::Image)),
            Placed::Text(said) => {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(said);
            }
        }
    }
    let content_type = if parts.is_empty() {
        "text"
    } else {
        "multimodal_text"
    };
    parts.push(OutgoingPart::Text(text));
    OutgoingContent {
        content_type,
        parts,
    }
}

fn image_part(file: &UploadedFile) -> Option<ImagePointer> {
    let (width, height) = file.dimensions?;
    Some(ImagePointer {
        content_type: "image_asset_pointer",
        asset_pointer: pointer(&file.id),
        size_bytes: file.size,
        width,
        height,
    })
}

/// Ids with an underscore are of the newer kind, which has a scheme of its own.
fn pointer(id: &str) -> String {
    if id.starts_with("file_") {
        format!("sediment://{id}")
    } else {
        format!("file-service://{id}")
    }
}

fn attachment(placed: &Placed) -> Option<OutgoingAttachment> {
    let Placed::File(file) = placed else {
        return None;
    };
    let (width, height) = file.dimensions.unzip();
    Some(OutgoingAttachment {
        id: file.id.clone(),
        size: file.size,
        name: file.name.clone(),
        mime_type: file.mime.clone(),
        width,
        height,
        file_token_size: file.tokens,
    })
}

#[cfg(test)]
mod tests {
    use super::{Decisions, Placed, UploadedFile, conversation_request};
    use crate::turn::{
        Attachment, AttachmentKind, AttachmentSource, Hint, ImageDetail, Speaker, Turn,
        TurnMessage, TurnPart,
    };

    fn decisions() -> Decisions {
        Decisions {
            slug: "gpt-5-2".into(),
            gizmo_id: None,
            thinking_effort: None,
            parent_message_id: None,
            keep_history: false,
            now: 1_769_267_362.5,
        }
    }

    fn ids() -> impl FnMut() -> String {
        let mut ids = 0;
        move || {
            ids += 1;
            format!("id-{ids}")
        }
    }

    #[test]
    fn a_turn_becomes_the_body_the_web_page_would_send_without_a_browser() {
        let turn = Turn {
            messages: vec![
                TurnMessage::text(Speaker::System, "Be brief."),
                TurnMessage::text(Speaker::User, "你好"),
            ],
            ..Turn::default()
        };
        let request = conversation_request(&turn, decisions(), &[], ids());
        insta::assert_json_snapshot!(request);
    }

    #[test]
    fn pictures_stand_before_the_text_and_every_file_is_listed_beside_its_message() {
        let attach = |kind| {
            TurnPart::Attachment(Attachment {
                path: String::new(),
                kind,
                source: AttachmentSource::FileId("x".into()),
                name: None,
            })
        };
        let image = || attach(AttachmentKind::Image(ImageDetail::Auto));
        let turn = Turn {
            messages: vec![
                TurnMessage {
                    role: Speaker::User,
                    parts: vec![TurnPart::Text("What is this?".into()), image()],
                    answers: None,
                },
                TurnMessage {
                    role: Speaker::User,
                    parts: vec![
                        attach(AttachmentKind::File),
                        TurnPart::Text("And?".into()),
                        attach(AttachmentKind::Audio),
                    ],
                    answers: None,
                },
            ],
            hints: vec![Hint::Search],
            ..Turn::default()
        };
        let file = |id: &str, dimensions| {
            Placed::File(UploadedFile {
                id: id.into(),
                size: 7,
                name: format!("{id}.x"),
                mime: "x/y".into(),
                dimensions,
                tokens: dimensions.is_none().then_some(99),
            })
        };
        let placed = [
            file("file-A", Some((8, 6))),
            file("file_B", None),
            Placed::Text("Said aloud.".into()),
        ];
        let decisions = Decisions {
            gizmo_id: Some("g-abc".into()),
            keep_history: true,
            ..decisions()
        };
        let request = conversation_request(&turn, decisions, &placed, ids());
        insta::assert_json_snapshot!(request);
    }
}
