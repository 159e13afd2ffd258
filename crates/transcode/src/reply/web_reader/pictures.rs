//! The pictures of a turn: previews, finished ones, and those that are still to come.
//!
//! A picture that changed while its message was unfinished was a preview. Protocol: image
//! generation, code interpreter results.

use std::collections::HashMap;

use crate::reply::answer_style::FileLinks;
use crate::turn_event::{FilePlace, ImageOutput, OutputFile, TurnEvent};

/// More pictures than any turn has, previews included.
const MAX_PICTURES: usize = 1024;

/// The pictures so far.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// What was told of the picture at each place of each message.
    told: HashMap<(String, usize), Told>,
    fresh: Vec<ImageOutput>,
    finished: usize,
    awaited: Option<Awaited>,
    /// Whether a picture was to come outside the stream.
    has_task: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Told {
    pointer: String,
    is_partial: bool,
}

/// A picture that is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Awaited {
    tool: String,
    /// Upstream's task that draws it, where stated.
    pub(super) task_id: Option<String>,
}

/// A picture as a message shows it.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) conversation_id: Option<&'a str>,
    pub(super) message_id: &'a str,
    /// The tool that drew it.
    pub(super) tool: &'a str,
    /// Which of the message's pictures it is.
    pub(super) index: usize,
    pub(super) pointer: &'a str,
    pub(super) size: Option<(u32, u32)>,
    pub(super) title: Option<&'a str>,
    pub(super) is_partial: bool,
}

impl Pictures {
    /// Takes a picture; returns its Markdown when it is finished.
    pub(super) fn show(&mut self, shown: &Shown<'_>, links: &FileLinks) -> Option<String> {
        let place = (shown.message_id.to_owned(), shown.index);
        let told = Told {
            pointer: shown.pointer.to_owned(),
            is_partial: shown.is_partial,
        };
        let known = self.told.get(&place);
        if known.is_some_and(|known| *known == told || !known.is_partial)
            || self.told.len() >= MAX_PICTURES
        {
            return None;
        }
        self.told.insert(place, told);
        let file = OutputFile {
            conversation_id: shown.conversation_id.map(str::to_owned),
            message_id: shown.message_id.to_owned(),
            place: FilePlace::Pointer(shown.pointer.to_owned()),
            name: None,
        };
        let link = links.link(&file);
        let markdown = format!("![{}]({link})", label(shown.title.unwrap_or("Image")));
        self.fresh.push(ImageOutput {
            file,
            link,
            size: shown.size,
            title: shown.title.map(str::to_owned),
            is_partial: shown.is_partial,
        });
        if shown.is_partial {
            let task_id = self.awaited.take().and_then(|awaited| awaited.task_id);
            self.awaited = Some(Awaited {
                tool: shown.tool.to_owned(),
                task_id,
            });
            return None;
        }
        self.awaited = None;
        self.finished += 1;
        Some(markdown)
    }

    /// A picture will come outside the stream.
    pub(super) fn wait_for(&mut self, tool: &str, task_id: Option<&str>) {
        self.has_task = true;
        self.awaited = Some(Awaited {
            tool: tool.to_owned(),
            task_id: task_id.map(str::to_owned),
        });
    }

    /// A tool failed: no picture will come from it.
    pub(super) fn give_up(&mut self, tool: &str) {
        self.awaited.take_if(|awaited| awaited.tool == tool);
    }

    /// The picture that is still to come.
    pub(super) fn awaited(&self) -> Option<&Awaited> {
        self.awaited.as_ref()
    }

    /// Whether a picture that was to come outside the stream has come.
    pub(super) fn has_arrived(&self) -> bool {
        self.has_task && self.awaited.is_none() && self.has_any()
    }

    /// Whether there is a finished one.
    pub(super) fn has_any(&self) -> bool {
        self.finished > 0
    }

    /// Adds what is new to `out`.
    pub(super) fn hand_out(&mut self, out: &mut Vec<TurnEvent>) {
        let fresh = self.fresh.drain(..).map(Box::new);
        out.extend(fresh.map(TurnEvent::Image));
    }
}

/// A picture's title as it can stand between brackets.
fn label(title: &str) -> String {
    let mut label = String::with_capacity(title.len());
    for c in title.chars() {
        match c {
            '[' | ']' | '\\' => label.extend(['\\', c]),
            c if c.is_control() => label.push(' '),
            c => label.push(c),
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::{Awaited, Pictures, Shown};
    use crate::reply::answer_style::FileLinks;

    fn shown(message_id: &'static str, pointer: &'static str, is_partial: bool) -> Shown<'static> {
        Shown {
            conversation_id: None,
            message_id,
            tool: "t",
            index: 0,
            pointer,
            size: None,
            title: Some("a [cat]\n"),
            is_partial,
        }
    }

    #[test]
    fn a_preview_is_told_once_and_awaits_the_finished_picture() {
        let mut pictures = Pictures::default();
        let links = FileLinks::default();
        let mut partials = 0;
        for pointer in ["p1", "p1", "p2"] {
            assert_eq!(pictures.show(&shown("A", pointer, true), &links), None);
            partials += std::mem::take(&mut pictures.fresh).len();
        }
        assert_eq!(partials, 2);
        pictures.give_up("another tool");
        let awaited = Awaited {
            tool: "t".into(),
            task_id: None,
        };
        assert_eq!(pictures.awaited(), Some(&awaited));
        let markdown = pictures.show(&shown("A", "p2", false), &links);
        assert_eq!(markdown.as_deref(), Some("![a \\[cat\\] ](p2)"));
        assert_eq!(pictures.awaited(), None);
        assert_eq!(
            pictures.show(&shown("A", "p3", false), &links),
            None,
            "it is finished"
        );
    }
}
