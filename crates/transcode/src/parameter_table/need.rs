//! What a turn needs besides its parameters: what its messages hold, and the model it names.

use super::Treatment::{Done, Dropped, Emulated, Passed, PassedOrRefused, Refused};
use super::{Treatment, Treatments};
use crate::model_name;
use crate::turn::{AttachmentKind, Hint, Tool, ToolKind, Turn, TurnMessage, TurnPart};

/// Something that a turn may need.
#[derive(Debug)]
pub struct Need {
    /// The word in documents, and for `param` of an error.
    pub name: &'static str,
    /// What the drivers do about it.
    pub treatments: Treatments,
    /// What it is, as part of a sentence.
    pub about: &'static str,
    is_in: fn(&Turn) -> bool,
}

const fn on(web: Treatment, codex: Treatment, platform: Treatment) -> Treatments {
    Treatments {
        web,
        codex,
        platform,
    }
}

/// All of them.
pub const NEEDS: &[Need] = &[
    Need {
        name: "model.gpt",
        treatments: on(Passed, Refused, Refused),
        about: "a GPT or a project",
        is_in: |turn| model_name::addressed(&turn.model).gizmo_id.is_some(),
    },
    Need {
        name: "conversation_id",
        treatments: on(Passed, Refused, Refused),
        about: "a conversation that ChatGPT keeps",
        is_in: |turn| turn.conversation_id.is_some(),
    },
    Need {
        name: "history_disabled",
        treatments: on(Passed, Refused, Refused),
        about: "a conversation in ChatGPT's history",
        is_in: |turn| turn.keep_history == Some(true),
    },
    Need {
        name: "verbosity",
        treatments: on(Dropped, Passed, Passed),
        about: "how long the answer is",
        is_in: |turn| turn.verbosity.is_some(),
    },
    Need {
        name: "messages.image",
        treatments: on(Passed, Passed, Passed),
        about: "a picture in a message",
        is_in: |turn| has(turn, |it| matches!(it, AttachmentKind::Image(_))),
    },
    Need {
        name: "messages.file",
        treatments: on(Passed, Refused, Passed),
        about: "a file in a message",
        is_in: |turn| has(turn, |it| it == AttachmentKind::File),
    },
    Need {
        name: "messages.audio",
        treatments: on(Done, Refused, Passed),
        about: "a recording in a message",
        is_in: |turn| has(turn, |it| it == AttachmentKind::Audio),
    },
    Need {
        name: "messages.tool_calls",
        treatments: on(Emulated, Passed, Passed),
        about: "calls of tools and their results in messages",
        is_in: has_calls,
    },
    Need {
        name: "tools.custom",
        treatments: on(Emulated, Passed, Passed),
        about: "a tool that takes text",
        is_in: |turn| {
            turn.tools
                .iter()
                .map(Tool::kind)
                .any(|it| it == ToolKind::Custom)
        },
    },
    Need {
        name: "tools.web_search",
        treatments: on(Passed, Passed, Passed),
        about: "searching the web",
        is_in: |turn| turn.hints.contains(&Hint::Search),
    },
    Need {
        name: "tools.image_generation",
        treatments: on(Passed, Passed, PassedOrRefused),
        about: "drawing a picture",
        is_in: |turn| turn.hints.contains(&Hint::Picture),
    },
    Need {
        name: "tools.code_interpreter",
        treatments: on(Passed, Refused, PassedOrRefused),
        about: "running code in a sandbox",
        is_in: |turn| turn.hints.contains(&Hint::Code),
    },
];

/// What a turn needs.
pub fn needs(turn: &Turn) -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(|need| (need.is_in)(turn))
}

fn has(turn: &Turn, is_it: fn(AttachmentKind) -> bool) -> bool {
    let mut attachments = turn.messages.iter().flat_map(TurnMessage::attachments);
    attachments.any(|it| is_it(it.kind))
}

fn has_calls(turn: &Turn) -> bool {
    let is_call = |part: &TurnPart| matches!(part, TurnPart::ToolCall(_));
    let mut messages = turn.messages.iter();
    messages.any(|it| it.answers.is_some() || it.parts.iter().any(is_call))
}
