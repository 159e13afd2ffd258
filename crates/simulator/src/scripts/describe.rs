//! The script that says which files came with the message it answers, so that a test can see that
//! every byte arrived.

use crate::pieces;
use crate::story::{Finish, Story};

/// A line about each file.
pub(super) fn describe(story: &mut Story<'_>) {
    let lines = &story.facts().attachments;
    let text = if lines.is_empty() {
        let nothing = story.pick("No files came with this message.", "这条消息没有附带文件。");
        nothing.to_owned()
    } else {
        lines.join("\n")
    };
    story.answer(&pieces::words(&text), None, Finish::Stop);
}
