//! Events of answers, in as few words as may be.

use transcode::turn::{Thought, ToolKind};
use transcode::turn_event::{
    Activity, ActivityStatus, Citation, FilePlace, ImageOutput, OutputFile, Step, ToolCallBegun,
    TurnEvent,
};

pub(super) fn begun(index: usize, kind: ToolKind) -> TurnEvent {
    TurnEvent::ToolCall(ToolCallBegun {
        index,
        id: format!("call_{index}"),
        name: format!("tool{index}"),
        kind,
    })
}

pub(super) fn input(index: usize, piece: &str) -> TurnEvent {
    let piece = piece.to_owned();
    TurnEvent::ToolInput { index, piece }
}

pub(super) fn sealed(seal: &str) -> TurnEvent {
    TurnEvent::Thought(Thought {
        summary: Vec::new(),
        sealed: Some(seal.into()),
    })
}

pub(super) fn search(id: &str, status: ActivityStatus) -> TurnEvent {
    TurnEvent::Activity(Box::new(Activity {
        id: id.into(),
        step: Step::Search {
            queries: vec!["what".into(), "where".into()],
        },
        status,
    }))
}

pub(super) fn image(link: &str) -> TurnEvent {
    TurnEvent::Image(Box::new(ImageOutput {
        file: OutputFile {
            conversation_id: None,
            message_id: "m".into(),
            place: FilePlace::Pointer("sediment://1".into()),
            name: None,
        },
        link: link.into(),
        size: None,
        title: Some("A cat".into()),
        is_partial: false,
    }))
}

pub(super) fn text(text: &str) -> TurnEvent {
    TurnEvent::Text(text.into())
}

pub(super) fn citation() -> TurnEvent {
    TurnEvent::Citation(Citation {
        start: 0,
        end: 1,
        url: "https://x.example/".into(),
        title: "X".into(),
    })
}
