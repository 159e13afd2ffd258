//! Scripts that answer in the format a gateway has described for calls of its callers' tools, and
//! in JSON. To this service both are ordinary text. Some answers are wrong at first, and right when
//! the gateway says so.

use serde::de::IgnoredAny;

use crate::conversation_request::text_of;
use crate::pieces;
use crate::prompt;
use crate::story::{Finish, Story};

/// A sentence, and the call that stands after the script's name: `NAME {arguments}`.
pub(super) fn call(story: &mut Story<'_>) {
    let (name, arguments) = call_of(story, story.prompt(), "emulated-call");
    let sentence = story.pick("Let me look that up.", "我来查一下。");
    answer(story, &format!("{sentence}\n\n{}", block(name, arguments)));
}

/// The same call twice, with nothing else.
pub(super) fn calls(story: &mut Story<'_>) {
    let (name, arguments) = call_of(story, story.prompt(), "emulated-calls");
    let block = block(name, arguments);
    answer(story, &format!("{block}\n{block}"));
}

/// The call with a list for its arguments, which no tool takes.
pub(super) fn broken_call(story: &mut Story<'_>) {
    let (name, _) = call_of(story, story.prompt(), "emulated-broken");
    let hint = story.pick("wrong", "错误");
    answer(story, &block(name, &format!("[\"{hint}\"]")));
}

/// What stands after the script's name, in a fence.
pub(super) fn json(story: &mut Story<'_>) {
    let value = value_of(story, story.prompt(), "json");
    answer(story, &format!("```json\n{value}\n```"));
}

/// The same without its last character and the fence's end.
pub(super) fn broken_json(story: &mut Story<'_>) {
    let value = value_of(story, story.prompt(), "broken-json");
    let cut = value.char_indices().next_back().map_or(0, |(at, _)| at);
    answer(story, &format!("```json\n{}", &value[..cut]));
}

/// The right answer, to a message that says what was wrong with one of the broken ones.
pub(super) fn repaired(story: &mut Story<'_>) {
    let mut questions = story.history().iter().rev().map(text_of);
    let broken = ["emulated-broken", "broken-json"];
    let question = questions.find_map(|text| {
        let names = prompt::asked(&text);
        let name = broken.into_iter().find(|name| names.contains(name))?;
        Some((name, text))
    });
    let text = match &question {
        Some(("broken-json", text)) => value_of(story, text, "broken-json").to_owned(),
        Some((name, text)) => {
            let (name, arguments) = call_of(story, text, name);
            block(name, arguments)
        }
        None => {
            let nothing = "*(Simulated reply — nothing of this was broken.)*";
            story.pick(nothing, "*（模拟回复——没有出错。）*").to_owned()
        }
    };
    answer(story, &text);
}

fn answer(story: &mut Story<'_>, text: &str) {
    story.answer(&pieces::words(text), None, Finish::Stop);
}

/// A call as gateways describe it.
fn block(name: &str, arguments: &str) -> String {
    format!("```tool_call\n{{\"name\":\"{name}\",\"arguments\":{arguments}}}\n```")
}

/// The call in a prompt, or a call of a tool that many examples have.
fn call_of<'a>(story: &Story<'_>, prompt: &'a str, script: &str) -> (&'a str, &'a str) {
    named_call(prompt, script).unwrap_or_else(|| ("get_weather", example(story)))
}

/// The JSON in a prompt, or an example.
fn value_of<'a>(story: &Story<'_>, prompt: &'a str, script: &str) -> &'a str {
    named_value(prompt, script).unwrap_or_else(|| example(story))
}

/// What stands in for JSON that a prompt does not hold.
fn example(story: &Story<'_>) -> &'static str {
    story.pick(r#"{"city":"Basel"}"#, r#"{"city":"巴塞尔"}"#)
}

/// What stands in a prompt after a script's name.
fn after<'a>(prompt: &'a str, script: &str) -> Option<&'a str> {
    let (_, rest) = prompt.split_once(&format!("simulate:{script}"))?;
    // A longer name begins the same way.
    rest.strip_prefix(' ')
        .map(str::trim)
        .filter(|it| !it.is_empty())
}

/// The call in a prompt: a tool's name and its arguments.
fn named_call<'a>(prompt: &'a str, script: &str) -> Option<(&'a str, &'a str)> {
    let rest = after(prompt, script)?;
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((name, first_json(rest).unwrap_or("{}")))
}

/// The JSON in a prompt, or whatever stands in its place.
fn named_value<'a>(prompt: &'a str, script: &str) -> Option<&'a str> {
    let rest = after(prompt, script)?;
    Some(first_json(rest).unwrap_or(rest))
}

/// The object or list that a text begins with, as it is written.
fn first_json(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let is_container = text.starts_with(['{', '[']);
    let is_whole = is_container && matches!(values.next(), Some(Ok(_)));
    is_whole.then(|| &text[..values.byte_offset()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_taken_from_the_prompt() {
        let prompt = "Please simulate:emulated-call now {\"a\": [\"}\"]} and thanks";
        let call = named_call(prompt, "emulated-call");
        assert_eq!(call, Some(("now", "{\"a\": [\"}\"]}")));
        assert_eq!(
            named_call("simulate:emulated-call now", "emulated-call"),
            Some(("now", "{}"))
        );
        assert_eq!(
            named_call("simulate:emulated-calls now", "emulated-call"),
            None
        );
    }

    #[test]
    fn a_value_may_be_anything() {
        assert_eq!(
            named_value("simulate:json [1, 2] please", "json"),
            Some("[1, 2]")
        );
        assert_eq!(named_value("simulate:json 你好", "json"), Some("你好"));
        assert_eq!(named_value("simulate:json", "json"), None);
    }
}
