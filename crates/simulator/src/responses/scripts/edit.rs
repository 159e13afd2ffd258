//! The script that writes a file with whatever tool an agent brings: one that writes files, one
//! that applies patches, or a shell.

use serde_json::{Value, json};

use super::calls;
use crate::responses::answer::{Answer, Output};
use crate::responses::asked::{Asked, Tool, ToolKind};
use crate::responses::phrases::Phrase;

/// What tools call a path and what they call a content.
const PATHS: [&str; 7] = [
    "file_path",
    "path",
    "filePath",
    "filename",
    "target_file",
    "absolute_path",
    "file",
];
const CONTENTS: [&str; 7] = [
    "content",
    "contents",
    "file_text",
    "fileContent",
    "code_edit",
    "new_string",
    "text",
];

/// Calls the tool that writes the file, and says it is done when the tool has answered.
pub(crate) fn edit(asked: &Asked, phrase: &Phrase<'_>) -> Answer {
    let line = phrase.line();
    let (path, content) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let content = content.trim().replace("\\n", "\n");
    if !asked.tool_outputs.is_empty() {
        let said = asked.tool_outputs.join("\n");
        return Answer::text(format!("Done: {path} is written. the tool said: {said}"));
    }
    match call(asked, path, &content) {
        Some(output) => Answer::of(vec![output]),
        None => Answer::text("*(Simulated reply.)* The request has no tool to write files with."),
    }
}

/// Makes the call of a tool that writes a content to a path, if it can.
type Way = fn(&Tool, &str, &str) -> Option<Output>;

/// The call that writes the file. A tool that is made for it comes before a shell.
fn call(asked: &Asked, path: &str, content: &str) -> Option<Output> {
    let ways: [Way; 4] = [write, patch, replace, shell];
    ways.into_iter()
        .find_map(|way| asked.tools.iter().find_map(|tool| way(tool, path, content)))
}

/// By a tool that takes a path and a content.
fn write(tool: &Tool, path: &str, content: &str) -> Option<Output> {
    let ToolKind::Function(schema) = &tool.kind else {
        return None;
    };
    let properties = schema["properties"].as_object()?;
    let takes = |name: &&&str| properties.contains_key(**name);
    let path_name = PATHS.iter().find(takes)?;
    if tool.name.starts_with("str_replace") {
        let command = json!({"command": "create", *path_name: path, "file_text": content});
        return Some(calls::output(tool, Some(command)));
    }
    let name = tool.name.to_ascii_lowercase();
    if !(name.contains("write") || name.contains("create")) {
        return None;
    }
    let content_name = CONTENTS.iter().find(takes)?;
    let given = json!({*path_name: path, *content_name: content});
    Some(with(tool, schema, &given))
}

/// By a tool that applies patches.
fn patch(tool: &Tool, path: &str, content: &str) -> Option<Output> {
    if tool.name != "apply_patch" {
        return None;
    }
    let added: Vec<String> = content.lines().map(|line| format!("+{line}")).collect();
    let added = added.join("\n");
    let input = format!("*** Begin Patch\n*** Add File: {path}\n{added}\n*** End Patch");
    Some(match &tool.kind {
        ToolKind::Function(_) => calls::output(tool, Some(json!({"input": input}))),
        _ => Output::Custom {
            name: tool.name.clone(),
            input,
        },
    })
}

/// By a tool that puts one text in the place of another: nothing, where there is no file yet.
fn replace(tool: &Tool, path: &str, content: &str) -> Option<Output> {
    let ToolKind::Function(schema) = &tool.kind else {
        return None;
    };
    let properties = schema["properties"].as_object()?;
    let path_name = PATHS.iter().find(|name| properties.contains_key(**name))?;
    if !properties.contains_key("old_string") || !properties.contains_key("new_string") {
        return None;
    }
    let given = json!({*path_name: path, "old_string": "", "new_string": content});
    Some(with(tool, schema, &given))
}

/// By a command.
fn shell(tool: &Tool, path: &str, content: &str) -> Option<Output> {
    let command = command(path, content);
    let ToolKind::Function(schema) = &tool.kind else {
        let words = ["bash", "-lc", &command].map(str::to_owned);
        return (tool.kind == ToolKind::LocalShell).then(|| Output::LocalShell(words.to_vec()));
    };
    let properties = schema["properties"].as_object()?;
    let name = ["command", "cmd", "script"]
        .into_iter()
        .find(|name| properties.contains_key(*name))?;
    let value = if properties[name]["type"] == "array" {
        json!(["bash", "-lc", command])
    } else {
        json!(command)
    };
    Some(with(tool, schema, &json!({name: value})))
}

/// The command that writes the file, and its folder if it is in one.
fn command(path: &str, content: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let folder = match path.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => format!("mkdir -p {} && ", quoted(folder)),
        _ => String::new(),
    };
    format!(
        "{folder}printf '%s\\n' {} > {}",
        quoted(content),
        quoted(path)
    )
}

/// The call of a tool with these arguments, and a sample of whatever else it must have.
fn with(tool: &Tool, schema: &Value, given: &Value) -> Output {
    let mut arguments = calls::sample(schema);
    if let (Some(members), Some(given)) = (arguments.as_object_mut(), given.as_object()) {
        members.extend(given.clone());
    }
    calls::output(tool, Some(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, properties: &[(&str, &str)]) -> Tool {
        let members = properties.iter();
        let members = members.map(|(name, kind)| ((*name).to_owned(), json!({"type": kind})));
        let properties: serde_json::Map<String, Value> = members.collect();
        Tool {
            name: name.to_owned(),
            namespace: None,
            kind: ToolKind::Function(json!({"type": "object", "properties": properties})),
        }
    }

    fn written(tools: Vec<Tool>) -> String {
        let asked = Asked {
            tools,
            ..Asked::default()
        };
        let phrase = Phrase {
            name: "edit",
            rest: " src/a.txt it's\\nhere",
        };
        edit(&asked, &phrase).outputs[0].written()
    }

    #[test]
    fn every_agents_tool_writes_the_file() {
        let custom = Tool {
            name: "apply_patch".to_owned(),
            namespace: None,
            kind: ToolKind::Custom,
        };
        for (tools, expected) in [
            (
                vec![function(
                    "Write",
                    &[("file_path", "string"), ("content", "string")],
                )],
                r#"Write {"file_path":"src/a.txt","content":"it's\nhere"}"#,
            ),
            (
                vec![function(
                    "str_replace_based_edit_tool",
                    &[("command", "string"), ("path", "string")],
                )],
                r#"{"command":"create","path":"src/a.txt","file_text":"it's\nhere"}"#,
            ),
            (
                vec![function("shell", &[("command", "array")]), custom],
                "*** Add File: src/a.txt\n+it's\n+here\n*** End Patch",
            ),
            (
                vec![function("shell", &[("command", "array")])],
                r#"{"command":["bash","-lc","mkdir -p 'src' && printf"#,
            ),
            (
                vec![function("exec_command", &[("cmd", "string")])],
                r"> 'src/a.txt'",
            ),
            (
                vec![function(
                    "Edit",
                    &[
                        ("file_path", "string"),
                        ("old_string", "string"),
                        ("new_string", "string"),
                    ],
                )],
                r#""old_string":"""#,
            ),
            (Vec::new(), "no tool"),
        ] {
            let text = written(tools);
            assert!(text.contains(expected), "{text}");
        }
    }
}
