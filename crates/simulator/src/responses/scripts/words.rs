//! Scripts that only say something: ordinary replies, samples of text, refusals, and answers that
//! end before their end.

use crate::responses::answer::{Answer, Ending, Output};
use crate::responses::asked::Asked;
use crate::responses::phrases::Phrase;
use crate::scripts::{reply_to, samples};

/// A reply that says it is simulated and quotes the prompt.
pub(crate) fn plain(asked: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text(reply_to(&asked.prompt))
}

/// What follows, exactly.
pub(crate) fn echo(_: &Asked, phrase: &Phrase<'_>) -> Answer {
    Answer::text(phrase.rest.strip_prefix(' ').unwrap_or(phrase.rest))
}

/// Plain English within ASCII.
pub(crate) fn ascii(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text(samples::ASCII.trim_end())
}

/// A Chinese text.
pub(crate) fn chinese(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text(samples::CHINESE.trim_end())
}

/// Characters that are more than one code point.
pub(crate) fn emoji(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text(samples::EMOJI)
}

/// Everything Markdown has.
pub(crate) fn markdown(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text(samples::MARKDOWN.trim_end())
}

/// A long text.
pub(crate) fn long(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text(samples::LONG.trim_end())
}

/// The model does not want to.
pub(crate) fn refusal(_: &Asked, _: &Phrase<'_>) -> Answer {
    let text = "I'm sorry, but I can't help with that. (simulated)";
    Answer::of(vec![Output::Refusal(text.to_owned())])
}

/// A text that goes on when the limit is reached.
pub(crate) fn max_tokens(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text("This simulated answer is longer than the limit of tokens, so that it ends in the")
        .ending(Ending::AtLimit)
}

/// A text that is stopped.
pub(crate) fn content_filter(_: &Asked, _: &Phrase<'_>) -> Answer {
    Answer::text("This simulated answer is about to say something that").ending(Ending::Filtered)
}
