//! Every script of the Codex backend and the platform: its name, what it shows and the function
//! that tells it. The prompt chooses one by `simulate:NAME`; without, the form of the answer and
//! the choice of tools do.

use super::answer::{Answer, Ending, Output};
use super::asked::{Asked, Choice, Format};
use super::phrases::{self, Phrase};
use super::scripts::{calls, edit, help, shown, structured, words};
use crate::pieces;

/// Tells an answer; the text is what follows the name.
type Play = fn(&Asked, &Phrase<'_>) -> Answer;

/// A script.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    play: Play,
}

const fn script(name: &'static str, summary: &'static str, play: Play) -> Script {
    Script {
        name,
        summary,
        play,
    }
}

/// The word that goes with any script and has the last event hold all the output.
pub(crate) const FULL_OUTPUT: &str = "full-output";

pub(crate) const SCRIPTS: &[Script] = &[
    script(
        "plain",
        "a short reply in the prompt's language",
        words::plain,
    ),
    script(
        "echo",
        "repeats the text after `simulate:echo `",
        words::echo,
    ),
    script("ascii", "plain English, ASCII only", words::ascii),
    script("chinese", "a Chinese text", words::chinese),
    script(
        "emoji",
        "emoji of several code points, flags, combining marks",
        words::emoji,
    ),
    script(
        "markdown",
        "headings, a table, code, formulas, nested lists",
        words::markdown,
    ),
    script("long", "some 5 KB of prose", words::long),
    script(
        "reasoning",
        "two thoughts, then the answer",
        shown::reasoning,
    ),
    script(
        "call",
        "`call NAME {json}`: calls that tool, or the first, so or with a sample",
        calls::call,
    ),
    script(
        "calls",
        "calls two tools at once, or one twice",
        calls::both,
    ),
    script(
        "custom-call",
        "`custom-call TEXT`: calls the first tool that takes a text",
        calls::custom,
    ),
    script(
        "text-call",
        "a remark, then a call: `text-call NAME {json}`",
        calls::after_text,
    ),
    script(
        "loop",
        "`loop N`: N calls, one after the other, then the answer",
        calls::again,
    ),
    script(
        "edit",
        "`edit PATH CONTENT`: writes that file with whatever tool can",
        edit::edit,
    ),
    script(
        "structured",
        "JSON as the request's schema wants it",
        structured::structured,
    ),
    script("refusal", "a refusal", words::refusal),
    script(
        "search",
        "searches the web and cites two pages",
        shown::search,
    ),
    script("image", "makes a picture", shown::image),
    script("code", "runs Python and uses its output", shown::code),
    script(
        "max-tokens",
        "an answer cut by the token limit",
        words::max_tokens,
    ),
    script(
        "content-filter",
        "an answer cut for what it says",
        words::content_filter,
    ),
    script("help", "this list", help::help),
    script(
        FULL_OUTPUT,
        "with any script: the last event holds all the output",
        words::plain,
    ),
];

const NAMES: [&str; SCRIPTS.len()] = {
    let mut names = [""; SCRIPTS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = SCRIPTS[index].name;
        index += 1;
    }
    names
};

/// The names of all scripts of the Codex backend and the platform.
pub fn response_script_names() -> &'static [&'static str] {
    &NAMES
}

/// The answer to what is asked.
pub(crate) fn play(asked: &Asked) -> Answer {
    let named = phrases::all(&asked.prompt);
    let is_script = |phrase: &Phrase<'_>| {
        let script = SCRIPTS.iter().find(|script| script.name == phrase.name);
        script.filter(|script| script.name != FULL_OUTPUT)
    };
    let chosen = named
        .iter()
        .find_map(|phrase| Some((is_script(phrase)?, phrase)));
    let mut answer = match chosen {
        Some((script, phrase)) if script.name == "loop" => (script.play)(asked, phrase),
        Some((script, phrase)) if script.name == "edit" => (script.play)(asked, phrase),
        _ if !asked.tool_outputs.is_empty() && asked.format == Format::Text => calls::told(asked),
        _ if !asked.tool_outputs.is_empty() => {
            structured::structured(asked, &Phrase { name: "", rest: "" })
        }
        Some((script, phrase)) => (script.play)(asked, phrase),
        None => unasked(asked),
    };
    if asked.choice == Choice::None {
        refrain(&mut answer);
    }
    think(asked, &mut answer);
    answer.tells_output = named.iter().any(|phrase| phrase.name == FULL_OUTPUT);
    match asked.limit {
        Some(limit) => cut(answer, limit),
        None => answer,
    }
}

/// The answer to a prompt that names no script.
fn unasked(asked: &Asked) -> Answer {
    let nothing = Phrase { name: "", rest: "" };
    match (&asked.choice, &asked.format) {
        (Choice::Required, _) => calls::call(asked, &nothing),
        (Choice::Picture, _) => {
            let wanted = Phrase {
                name: "",
                rest: &asked.prompt,
            };
            shown::image(asked, &wanted)
        }
        (Choice::Named(name), _) => {
            let named = Phrase {
                name: "",
                rest: name,
            };
            calls::call(asked, &named)
        }
        (_, Format::Text) => words::plain(asked, &nothing),
        _ => structured::structured(asked, &nothing),
    }
}

/// Takes out the calls of one who may not call.
fn refrain(answer: &mut Answer) {
    let is_call = |output: &Output| {
        matches!(
            output,
            Output::Call { .. } | Output::Custom { .. } | Output::LocalShell(_)
        )
    };
    answer.outputs.retain(|output| !is_call(output));
    if answer.outputs.is_empty() {
        let text = "*(Simulated reply.)* I was told not to call tools.";
        answer.outputs.push(Output::text(text));
    }
}

/// Puts a thought before an answer, where thoughts are shown.
fn think(asked: &Asked, answer: &mut Answer) {
    let thinks = matches!(answer.outputs.first(), Some(Output::Reasoning(_)));
    if thinks && !asked.reasoning.shown {
        answer.outputs.remove(0);
    } else if !thinks && asked.reasoning.shown {
        answer
            .outputs
            .insert(0, Output::Reasoning(shown::thought()));
    }
    if let (Some(Output::Reasoning(parts)), false) =
        (answer.outputs.first_mut(), asked.reasoning.summary)
    {
        parts.clear();
    }
}

/// Ends an answer after so many tokens, if it has more.
fn cut(mut answer: Answer, limit: usize) -> Answer {
    let mut left = limit;
    for index in 0..answer.outputs.len() {
        let written = answer.outputs[index].written();
        let words = pieces::words(&written);
        if words.len() <= left {
            left -= words.len();
            continue;
        }
        let kept = words[..left].concat();
        answer.outputs.truncate(index + 1);
        match &mut answer.outputs[index] {
            Output::Text(text, sources) => {
                *text = kept;
                sources.clear();
            }
            Output::Refusal(text) => *text = kept,
            _ => answer.outputs.truncate(index),
        }
        return answer.ending(Ending::AtLimit);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(prompt: &str) -> Asked {
        Asked {
            prompt: prompt.to_owned(),
            ..Asked::default()
        }
    }

    #[test]
    fn names_are_unique() {
        for (index, name) in NAMES.iter().enumerate() {
            assert!(!NAMES[..index].contains(name), "{name} twice");
        }
    }

    #[test]
    fn an_answer_ends_at_the_limit() {
        let mut asked = asked("simulate:echo one two three four");
        asked.limit = Some(2);
        let answer = play(&asked);
        assert_eq!(answer.outputs, [Output::text("one two")]);
        assert_eq!(answer.ending, Ending::AtLimit);
        asked.limit = Some(4);
        assert_eq!(play(&asked).ending, Ending::Completed);
    }

    #[test]
    fn thoughts_are_there_when_they_are_asked_for() {
        let mut asked = asked("simulate:reasoning");
        assert!(!matches!(play(&asked).outputs[0], Output::Reasoning(_)));
        asked.reasoning.shown = true;
        assert_eq!(play(&asked).outputs[0], Output::Reasoning(Vec::new()));
        asked.reasoning.summary = true;
        assert!(matches!(&play(&asked).outputs[0], Output::Reasoning(parts) if parts.len() == 2));
    }
}
