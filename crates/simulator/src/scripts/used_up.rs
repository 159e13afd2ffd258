//! The script of an account that has used up its pictures: the model is told, and says so.

use crate::pieces;
use crate::story::{Finish, Story};

/// Only a text.
pub(super) fn images(story: &mut Story<'_>) {
    let text = story.pick(
        "You've hit your limit for creating images. You can create more later.\n\n\
         *(Simulated reply — nothing was drawn.)*",
        "你已达到图片生成的上限，请稍后再试。\n\n*（模拟回复——没有绘制任何内容。）*",
    );
    story.answer(&pieces::words(text), None, Finish::Stop);
}
