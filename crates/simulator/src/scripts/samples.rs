//! Scripts with a fixed text: samples of what an answer can be made of.

use crate::pieces;
use crate::prompt;
use crate::story::{Finish, Story};

pub(crate) const ASCII: &str = include_str!("texts/ascii.md");
pub(crate) const CHINESE: &str = include_str!("texts/chinese.md");
pub(crate) const MARKDOWN: &str = include_str!("texts/markdown.md");
pub(crate) const LONG: &str = include_str!("texts/long.md");

/// Sequences of several code points: joined families, skin tones, flags, keycaps, variation
/// selectors, and letters with combining marks. Escaped, so that no editor can change them.
pub(crate) const EMOJI: &str = "Faces \u{1f600}\u{1f642}, a family \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}, \
    a developer \u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}, a wave \u{1f44b}\u{1f3ff}, \
    flags \u{1f1e8}\u{1f1ed}\u{1f1ef}\u{1f1f5}\u{1f1fa}\u{1f1f3}, \
    Scotland \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}, \
    a rainbow flag \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}, a key 1\u{fe0f}\u{20e3}, a heart \u{2764}\u{fe0f}.\n\n\
    Combining marks: e\u{301} n\u{303} u\u{308} z\u{335}\u{321}\u{30a}, \
    Devanagari \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}, Thai \u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}, \
    Arabic \u{645}\u{631}\u{62d}\u{628}\u{627}, Hebrew \u{5e9}\u{5c1}\u{5b8}\u{5dc}\u{5d5}\u{5b9}\u{5dd}.\n\n\
    Beyond the first plane: \u{1d54f}\u{1d560}, \u{20bb7}\u{91ce}\u{5bb6}, \u{1f9d1}\u{200d}\u{1f680}\u{2728}";

/// Plain English within ASCII.
pub(super) fn ascii(story: &mut Story<'_>) {
    answer_with(story, ASCII);
}

/// A Chinese text.
pub(super) fn chinese(story: &mut Story<'_>) {
    answer_with(story, CHINESE);
}

/// Characters that are more than one code point.
pub(super) fn emoji(story: &mut Story<'_>) {
    answer_with(story, EMOJI);
}

/// Everything Markdown has.
pub(super) fn markdown(story: &mut Story<'_>) {
    answer_with(story, MARKDOWN);
}

/// A long text in larger pieces, as many times as the prompt says, for benchmarks.
pub(super) fn long(story: &mut Story<'_>) {
    const WORDS_EACH: usize = 8;
    let text = vec![LONG.trim_end(); prompt::times(story.prompt())].join("\n\n");
    story.answer(&pieces::phrases(&text, WORDS_EACH), None, Finish::Stop);
}

fn answer_with(story: &mut Story<'_>, text: &str) {
    story.answer(&pieces::words(text.trim_end()), None, Finish::Stop);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_what_they_are_called() {
        assert!(ASCII.is_ascii());
        assert!(crate::prompt::is_chinese(CHINESE));
        assert!(EMOJI.contains('\u{200d}'));
    }

    #[test]
    fn the_long_text_has_the_size_benchmarks_count_on() {
        let pieces = pieces::phrases(LONG.trim_end(), 8).len();
        assert!((4800..5600).contains(&LONG.len()), "{} bytes", LONG.len());
        assert!((110..=130).contains(&pieces), "{pieces} pieces");
    }
}
