//! Scripts with something to see beside the words: thoughts, searches, pictures, programs.

use crate::responses::answer::{Answer, Output, Source};
use crate::responses::asked::{Asked, ToolKind};
use crate::responses::phrases::Phrase;

/// What is told of the thoughts before any answer.
pub(crate) fn thought() -> Vec<String> {
    vec!["**Reading the question**\n\nThe simulator looks at what was asked.".to_owned()]
}

/// Two thoughts before the answer.
pub(crate) fn reasoning(_: &Asked, _: &Phrase<'_>) -> Answer {
    let mut parts = thought();
    parts.push(
        "**Deciding on an answer**\n\nA prepared text is good enough, since no model is asked."
            .to_owned(),
    );
    Answer::of(vec![
        Output::Reasoning(parts),
        Output::text("Having thought about it: this is a simulated answer."),
    ])
}

/// A search, if there is a tool for it, and an answer with its sources.
pub(crate) fn search(asked: &Asked, _: &Phrase<'_>) -> Answer {
    const TEXT: &str = "The simulator is a stand-in (example.com). It is described at length \
        (example.org). *(Simulated reply.)*";
    if !asked.has(&ToolKind::WebSearch) {
        return Answer::text("*(Simulated reply.)* There is no tool to search the web with.");
    }
    let cited = |url, title, mark: &str| {
        let at = TEXT.find(mark).unwrap_or_default();
        let start = TEXT[..at].chars().count();
        Source {
            url,
            title,
            start,
            end: start + mark.chars().count(),
        }
    };
    let sources = vec![
        cited(
            "https://example.com/simulator",
            "What a simulator is",
            "(example.com)",
        ),
        cited(
            "https://example.org/at-length?a=1&b=2",
            "The simulator, at length",
            "(example.org)",
        ),
    ];
    Answer::of(vec![
        Output::Search("what is the simulator".to_owned()),
        Output::Text(TEXT.to_owned(), sources),
    ])
}

/// A picture, if there is a tool for it, and a word about it.
pub(crate) fn image(asked: &Asked, phrase: &Phrase<'_>) -> Answer {
    if !asked.has(&ToolKind::ImageGeneration) {
        return Answer::text("*(Simulated reply.)* There is no tool to make pictures with.");
    }
    let wanted = Some(phrase.line()).filter(|line| !line.is_empty());
    let wanted = wanted.unwrap_or("Stripes of two colours").to_owned();
    Answer::of(vec![
        Output::Picture(wanted, asked.drawing.clone()),
        Output::text("Here is the picture. *(Simulated reply.)*"),
    ])
}

/// A small program, if there is a tool for it, and its result.
pub(crate) fn code(asked: &Asked, _: &Phrase<'_>) -> Answer {
    if !asked.has(&ToolKind::CodeInterpreter) {
        return Answer::text("*(Simulated reply.)* There is no tool to run programs with.");
    }
    Answer::of(vec![
        Output::Code {
            program: "print(sum(n * n for n in range(1, 11)))",
            printed: "385\n",
        },
        Output::text("It is 385, the sum of the squares of 1 to 10. *(Simulated reply.)*"),
    ])
}
