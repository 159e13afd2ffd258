//! Scripts that call tools, and what is said once the tools have answered.

use serde_json::Value;

use crate::responses::answer::{Answer, Output};
use crate::responses::asked::{Asked, Tool, ToolKind};
use crate::responses::phrases::Phrase;
use crate::responses::schema_sample;

/// What a tool gets that takes a text and was not given one.
const TEXT: &str = "simulated input";

/// Calls a tool.
pub(crate) fn call(asked: &Asked, phrase: &Phrase<'_>) -> Answer {
    let (name, arguments) = named(phrase);
    match asked.tool(name) {
        Some(tool) => Answer::of(vec![output(tool, arguments)]),
        None => no_tool(name),
    }
}

/// Calls the first two tools, or the only one twice.
pub(crate) fn both(asked: &Asked, _: &Phrase<'_>) -> Answer {
    let callable = |tool: &&Tool| asked.tool(Some(&tool.name)).is_some();
    let tools: Vec<&Tool> = asked.tools.iter().filter(callable).collect();
    let [first, ..] = tools.as_slice() else {
        return no_tool(None);
    };
    let mut outputs = vec![output(first, None)];
    if asked.parallel {
        outputs.push(output(tools.get(1).unwrap_or(first), None));
    }
    Answer::of(outputs)
}

/// Calls the first tool that takes a text.
pub(crate) fn custom(asked: &Asked, phrase: &Phrase<'_>) -> Answer {
    let tool = asked
        .tools
        .iter()
        .find(|tool| tool.kind == ToolKind::Custom);
    let Some(tool) = tool else {
        return no_tool(None);
    };
    let text = Some(phrase.line()).filter(|line| !line.is_empty());
    Answer::of(vec![Output::Custom {
        name: tool.name.clone(),
        input: text.unwrap_or(TEXT).to_owned(),
    }])
}

/// Says something and then calls a tool.
pub(crate) fn after_text(asked: &Asked, phrase: &Phrase<'_>) -> Answer {
    let mut answer = call(asked, phrase);
    if matches!(
        answer.outputs[0],
        Output::Call { .. } | Output::Custom { .. }
    ) {
        answer
            .outputs
            .insert(0, Output::text("Let me look that up."));
    }
    answer
}

/// Calls the first tool as often as the number says, and then answers.
pub(crate) fn again(asked: &Asked, phrase: &Phrase<'_>) -> Answer {
    let times = phrase.line().split_whitespace().next();
    let times: usize = times.and_then(|word| word.parse().ok()).unwrap_or(2);
    if asked.outputs_since_prompt < times
        && let Some(tool) = asked.tool(None)
    {
        return Answer::of(vec![output(tool, None)]);
    }
    told(asked)
}

/// Tells what the tools said.
pub(crate) fn told(asked: &Asked) -> Answer {
    Answer::text(format!("the tool said: {}", asked.tool_outputs.join("\n")))
}

/// What there is to say if there is nothing to call.
fn no_tool(name: Option<&str>) -> Answer {
    let missing = name.map_or_else(String::new, |name| format!(" named {name}"));
    Answer::text(format!(
        "*(Simulated reply.)* The request has no tool{missing} to call."
    ))
}

/// A tool's name and its arguments, both of which may be missing.
fn named<'a>(phrase: &Phrase<'a>) -> (Option<&'a str>, Option<Value>) {
    let rest = phrase.rest.trim_start();
    let word = |end: usize| Some(rest[..end].trim()).filter(|name| !name.is_empty());
    let first_line = rest.lines().next().unwrap_or_default();
    let Some(brace) = first_line.find('{') else {
        let name = phrase.line().split_whitespace().next();
        return (name.filter(|name| is_name(name)), None);
    };
    let mut values = serde_json::Deserializer::from_str(&rest[brace..]).into_iter();
    let arguments = values.next().and_then(Result::ok);
    (word(brace).filter(|name| is_name(name)), arguments)
}

fn is_name(word: &str) -> bool {
    word.chars()
        .all(|character| character.is_ascii_alphanumeric() || "_-.".contains(character))
}

/// The call of a tool, with a sample of what it takes unless something is given.
pub(crate) fn output(tool: &Tool, given: Option<Value>) -> Output {
    match &tool.kind {
        ToolKind::Function(schema) => Output::Call {
            name: tool.name.clone(),
            namespace: tool.namespace.clone(),
            arguments: given.unwrap_or_else(|| sample(schema)).to_string(),
        },
        _ => Output::Custom {
            name: tool.name.clone(),
            input: given.map_or_else(|| TEXT.to_owned(), |given| given.to_string()),
        },
    }
}

/// Arguments are an object, even where the schema says nothing.
pub(super) fn sample(schema: &Value) -> Value {
    match schema_sample::sample(schema) {
        Value::Object(members) => Value::Object(members),
        _ => Value::Object(serde_json::Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked() -> Asked {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
            "required": ["city"]});
        let tool = |name: &str, kind| Tool {
            name: name.to_owned(),
            namespace: None,
            kind,
        };
        Asked {
            tools: vec![
                tool("weather", ToolKind::Function(schema)),
                tool("patch", ToolKind::Custom),
            ],
            parallel: true,
            ..Asked::default()
        }
    }

    fn rest(rest: &str) -> Phrase<'_> {
        Phrase { name: "call", rest }
    }

    #[test]
    fn a_call_has_the_arguments_it_is_given() {
        for (text, expected) in [
            ("", r#"{"city":"sample"}"#),
            (" weather", r#"{"city":"sample"}"#),
            (
                " weather {\"city\": \"Ulm\"}</query> and more",
                r#"{"city":"Ulm"}"#,
            ),
            (" {\"city\": \"Ulm\"}", r#"{"city":"Ulm"}"#),
        ] {
            let answer = call(&asked(), &rest(text));
            let [Output::Call { arguments, .. }] = answer.outputs.as_slice() else {
                panic!("{answer:?}");
            };
            assert_eq!(arguments, expected, "{text}");
        }
        let unknown = call(&asked(), &rest(" other"));
        assert!(matches!(&unknown.outputs[0], Output::Text(text, _) if text.contains("other")));
    }

    #[test]
    fn two_tools_are_called_at_once_where_that_is_allowed() {
        assert_eq!(both(&asked(), &rest("")).outputs.len(), 2);
        let one_by_one = Asked {
            parallel: false,
            ..asked()
        };
        assert_eq!(both(&one_by_one, &rest("")).outputs.len(), 1);
    }

    #[test]
    fn a_loop_comes_to_its_end() {
        let mut asked = asked();
        for done in 0..3 {
            asked.outputs_since_prompt = done;
            let answer = again(&asked, &rest(" 2"));
            assert_eq!(matches!(answer.outputs[0], Output::Call { .. }), done < 2);
        }
    }
}
