//! Every script: its name, what it shows and the function that tells it. A script is chosen by
//! `simulate:NAME` in the prompt, else by the model asked for.

mod calls;
mod canvas;
mod code_files;
mod describe;
mod emulated;
mod help;
mod images;
mod plain;
mod reasoning;
pub(crate) mod samples;
mod search;
mod search_old;
mod sources;
mod strange;
mod tools;
mod unusual;
mod used_up;

use crate::prompt;
use crate::story::Story;

pub(crate) use plain::reply_to;

/// Tells a turn's answer.
pub(crate) type Play = fn(&mut Story<'_>);

/// A script.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    play: Play,
}

/// A row of the table below.
const fn script(name: &'static str, summary: &'static str, play: Play) -> Script {
    Script {
        name,
        summary,
        play,
    }
}

/// The script for a message that says what is wrong with an answer.
const REPAIRED: &str = "emulated-repaired";

pub(crate) const SCRIPTS: &[Script] = &[
    script(
        "plain",
        "a short reply in the prompt's language",
        plain::plain,
    ),
    script("ascii", "plain English, ASCII only", samples::ascii),
    script("chinese", "a Chinese text", samples::chinese),
    script(
        "emoji",
        "emoji of several code points, flags, combining marks",
        samples::emoji,
    ),
    script(
        "markdown",
        "headings, a table, code, formulas, nested lists",
        samples::markdown,
    ),
    script(
        "reasoning",
        "two thoughts, a recap, then the answer",
        reasoning::current,
    ),
    script(
        "reasoning-recap",
        "only a recap, then the answer",
        reasoning::recap_only,
    ),
    script(
        "reasoning-snapshot",
        "thoughts that come all at once, then the answer",
        reasoning::snapshot,
    ),
    script(
        "reasoning-tools",
        "thinks, searches, thinks again, then answers",
        reasoning::around_tools,
    ),
    script(
        "reasoning-old",
        "the older layout, thoughts in a tool message",
        reasoning::old,
    ),
    script("code", "runs Python and uses its output", tools::code),
    script(
        "search",
        "searches the web and cites one page, then several",
        search::search,
    ),
    script(
        "search-emoji",
        "citations, a name and a list of links among emoji",
        search::emoji,
    ),
    script(
        "search-emoji-utf16",
        "the same with positions in UTF-16 units",
        search::emoji_utf16,
    ),
    script(
        "search-late",
        "citations that are explained only at the end",
        search::late,
    ),
    script(
        "search-old",
        "citations as numbers in corner brackets",
        search_old::search,
    ),
    script(
        "browsing-old",
        "the older browser, which quotes its pages",
        search_old::browsing,
    ),
    script(
        "code-file",
        "runs Python and links the two files it wrote",
        code_files::file,
    ),
    script(
        "code-file-whole",
        "the same, the answer in one piece",
        code_files::file_whole,
    ),
    script("code-large", "links a file of 200 MB", code_files::large),
    script("code-plot", "runs Python and draws", code_files::plot),
    script("code-error", "runs Python that fails", code_files::error),
    script("image", "makes a picture", images::image),
    script(
        "image-report",
        "makes a picture, then a text with a table, code and formulas",
        images::report,
    ),
    script(
        "image-partial",
        "two previews, replaced by the picture",
        images::partial,
    ),
    script(
        "image-previews",
        "two previews beside the picture",
        images::previews,
    ),
    script(
        "image-async",
        "the picture comes after the stream has ended",
        images::asynchronous,
    ),
    script("image-old", "two pictures the way of 2023", images::old),
    script("image-refused", "a picture is refused", images::refused),
    script("canvas", "writes a document", canvas::create),
    script("canvas-code", "writes a program", canvas::create_code),
    script(
        "canvas-update",
        "writes a document and changes it twice",
        canvas::update,
    ),
    script(
        "canvas-comment",
        "writes a document and comments on it",
        canvas::comment,
    ),
    script(
        "writing-block",
        "a document inside the answer",
        canvas::writing_block,
    ),
    script("memory", "remembers something", calls::memory),
    script("gpt-action", "calls a GPT's action", calls::gpt_action),
    script(
        "file-search",
        "searches a file and cites its lines",
        calls::file_search,
    ),
    script(
        "agent",
        "runs a command and looks at a screen",
        calls::agent,
    ),
    script(
        "several-messages",
        "two remarks and a run of Python before the answer",
        calls::several_messages,
    ),
    script("audio", "a spoken answer", unusual::audio),
    script(
        "limits",
        "says what is used up and when it comes back",
        unusual::limits,
    ),
    script(
        "unknown-types",
        "events, content and members nobody knows",
        strange::unknown_types,
    ),
    script(
        "odd-deltas",
        "every kind of change, also to earlier messages",
        strange::odd_deltas,
    ),
    script(
        "moderation",
        "an answer that is blocked half-way",
        unusual::moderation,
    ),
    script(
        "max-tokens",
        "an answer cut by the token limit",
        unusual::max_tokens,
    ),
    script(
        "downgrade",
        "another model answers than was asked",
        unusual::downgrade,
    ),
    script(
        "echo",
        "repeats the text after `simulate:echo `",
        plain::echo,
    ),
    script(
        "long",
        "some 5 KB of prose in about 120 pieces; `simulate:long 10`, ten times that",
        samples::long,
    ),
    script(
        "image-limit",
        "no picture, for the limit of pictures is reached",
        used_up::images,
    ),
    script(
        "describe",
        "says which files came with the message",
        describe::describe,
    ),
    script(
        "emulated-call",
        "calls the tool named after it, `NAME {arguments}`, in a block of text",
        emulated::call,
    ),
    script("emulated-calls", "two such calls at once", emulated::calls),
    script(
        "emulated-broken",
        "such a call with wrong arguments, until it is told so",
        emulated::broken_call,
    ),
    script(
        "json",
        "the JSON after its name, in a fence",
        emulated::json,
    ),
    script(
        "broken-json",
        "the same cut short, until it is told so",
        emulated::broken_json,
    ),
    script(
        REPAIRED,
        "the right answer after a broken call or broken JSON",
        emulated::repaired,
    ),
    script("help", "this list", help::help),
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

/// The names of all scripts.
pub fn script_names() -> &'static [&'static str] {
    &NAMES
}

/// The script of that name.
pub(crate) fn find(name: &str) -> Option<Play> {
    SCRIPTS
        .iter()
        .find(|script| script.name == name)
        .map(|script| script.play)
}

/// The script a prompt asks for by name.
pub(crate) fn asked_for(prompt: &str) -> Option<&'static str> {
    prompt::asked(prompt)
        .into_iter()
        .find_map(|name| NAMES.into_iter().find(|known| *known == name))
        .or_else(|| prompt::asks_to_repeat(prompt).then_some("echo"))
        .or_else(|| prompt::asks_to_repair(prompt).then_some(REPAIRED))
}

/// The script that is played instead of one that makes pictures when no more may be made.
pub(crate) fn without_pictures(name: &'static str) -> &'static str {
    if name.starts_with("image") {
        "image-limit"
    } else {
        name
    }
}

/// The script that suits a model.
pub(crate) fn for_model(model: &str) -> &'static str {
    let reasons = model.contains("thinking")
        || model.contains("-t-")
        || ["o1", "o3", "o4"]
            .iter()
            .any(|start| model.starts_with(start));
    if reasons { "reasoning" } else { "plain" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (index, name) in NAMES.iter().enumerate() {
            assert!(!NAMES[..index].contains(name), "{name} twice");
        }
    }

    #[test]
    fn models_that_think_reason() {
        for model in [
            "gpt-5-2-thinking",
            "gpt-5-6-t-mini",
            "o1",
            "o3-mini",
            "o4-mini",
        ] {
            assert_eq!(for_model(model), "reasoning", "{model}");
        }
        for model in ["auto", "gpt-4o", "gpt-5-5-pro"] {
            assert_eq!(for_model(model), "plain", "{model}");
        }
    }

    #[test]
    fn a_prompt_may_name_a_script() {
        assert_eq!(asked_for("simulate:drop simulate:emoji"), Some("emoji"));
        assert_eq!(asked_for("hello"), None);
    }
}
