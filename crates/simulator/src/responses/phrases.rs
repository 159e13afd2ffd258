//! The phrases `simulate:NAME` with what follows them, and which message of a conversation is the
//! prompt: agents wrap what a person wrote in messages of their own.

/// What stands before a name.
const MARK: &str = "simulate:";

/// A phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phrase<'a> {
    pub(crate) name: &'a str,
    /// Everything after the name, to the end of the prompt.
    pub(crate) rest: &'a str,
}

impl<'a> Phrase<'a> {
    /// What follows on the same line, without a tag that an agent closed behind it.
    pub(crate) fn line(&self) -> &'a str {
        let line = self.rest.lines().next().unwrap_or_default().trim();
        let tag = line
            .strip_suffix('>')
            .and_then(|line| line.rsplit_once("</"));
        match tag {
            // A tag that was opened on the line is part of what is said.
            Some((before, name)) if !before.contains(&format!("<{name}")) => before.trim_end(),
            _ => line,
        }
    }
}

/// The phrases of a prompt, in order. What an `echo` is to repeat is not looked into.
pub(crate) fn all(prompt: &str) -> Vec<Phrase<'_>> {
    let mut phrases = Vec::new();
    let mut rest = prompt;
    while let Some(position) = rest.find(MARK) {
        rest = &rest[position + MARK.len()..];
        let end = rest
            .find(|character: char| !(character.is_ascii_alphanumeric() || character == '-'))
            .unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('-');
        rest = &rest[end..];
        if !name.is_empty() {
            phrases.push(Phrase { name, rest });
        }
        if name == "echo" {
            break;
        }
    }
    phrases
}

/// What a message of a conversation is, as far as the prompt is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A user's message, part by part.
    User(Vec<String>),
    /// What a tool said.
    ToolOutput(String),
    /// A call of a tool.
    Call,
    /// What the model said.
    Assistant,
    /// Something that is none of these, such as instructions.
    Aside,
}

/// Which entry is the prompt, and its text: the last of the user's messages that holds a phrase,
/// or else the last that no agent wrote. Looks no further back than the last turn.
pub(crate) fn prompt(entries: &[Entry]) -> (usize, String) {
    let mut plain = None;
    for (index, entry) in entries.iter().enumerate().rev() {
        match entry {
            Entry::User(parts) => {
                if let Some(part) = parts.iter().rev().find(|part| part.contains(MARK)) {
                    return (index, part.clone());
                }
                let text = parts.join("\n");
                if !is_of_agent(&text) && plain.is_none() {
                    plain = Some((index, text));
                }
            }
            Entry::Aside => {}
            _ if plain.is_some() => break,
            _ => {}
        }
    }
    plain.unwrap_or_else(|| last_of_any(entries))
}

/// The last message of the user, whoever wrote it.
fn last_of_any(entries: &[Entry]) -> (usize, String) {
    let last = entries.iter().enumerate().rev();
    let mut messages = last.filter_map(|(index, entry)| match entry {
        Entry::User(parts) => Some((index, parts.join("\n"))),
        _ => None,
    });
    messages.next().unwrap_or_default()
}

/// Whether an agent put a message there, to say something about where it runs.
fn is_of_agent(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('<') || text.starts_with("# AGENTS.md")
}

/// What the tools said that were called last, if nothing came after, and how many outputs there are
/// since the prompt.
pub(crate) fn tool_outputs(entries: &[Entry], prompt: usize) -> (Vec<String>, usize) {
    let since = entries.get(prompt + 1..).unwrap_or_default();
    let count = since
        .iter()
        .filter(|entry| matches!(entry, Entry::ToolOutput(_)));
    let count = count.count();
    let mut last = Vec::new();
    for entry in since.iter().rev() {
        match entry {
            Entry::ToolOutput(text) => last.push(text.clone()),
            Entry::Aside | Entry::User(_) if last.is_empty() => {}
            _ => break,
        }
    }
    last.reverse();
    (last, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> Entry {
        Entry::User(vec![text.to_owned()])
    }

    #[test]
    fn a_phrase_has_what_follows_it() {
        let phrases = all("Please simulate:slow-first simulate:edit a.txt hello</query>\nmore");
        assert_eq!(phrases[0].name, "slow-first");
        assert_eq!(phrases[1].line(), "a.txt hello");
        let page = all("simulate:edit a.html <b>hello</b>");
        assert_eq!(page[0].line(), "a.html <b>hello</b>");
        assert_eq!(all("simulate:echo simulate:drop").len(), 1);
    }

    #[test]
    fn what_agents_add_is_not_the_prompt() {
        let context = user("<environment_context>x</environment_context>");
        let entries = [user("simulate:call"), context.clone()];
        assert_eq!(prompt(&entries), (0, "simulate:call".to_owned()));
        let entries = [user("hello"), context.clone()];
        assert_eq!(prompt(&entries).1, "hello");
        assert_eq!(prompt(&[context]).0, 0);
    }

    #[test]
    fn an_earlier_turn_is_over() {
        let entries = [user("simulate:call"), Entry::Assistant, user("thanks")];
        assert_eq!(prompt(&entries), (2, "thanks".to_owned()));
    }

    #[test]
    fn outputs_count_from_the_prompt_and_the_last_are_told() {
        let said = |text: &str| Entry::ToolOutput(text.to_owned());
        let entries = [
            user("simulate:loop 3"),
            Entry::Call,
            said("one"),
            Entry::Call,
            Entry::Call,
            said("two"),
            said("three"),
        ];
        let (last, count) = tool_outputs(&entries, 0);
        assert_eq!(
            (last, count),
            (vec!["two".to_owned(), "three".to_owned()], 3)
        );
    }
}
