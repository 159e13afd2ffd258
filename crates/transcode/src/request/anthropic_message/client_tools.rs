//! Tools that the caller runs and whose input Anthropic documents instead of the caller.
//!
//! Data: Anthropic's models know these schemas; others are told.

use anthropic::request_tool::RequestTool;
use serde_json::{Value, json};

use crate::turn::FunctionTool;

/// The tool as a function, if it is a known one.
pub(super) fn known(kind: &str, tool: &RequestTool) -> Option<FunctionTool> {
    let (family, _version) = kind.rsplit_once('_')?;
    let (default_name, description, parameters) = match family {
        "bash" => ("bash", BASH.to_owned(), bash()),
        "text_editor" => {
            let name = match kind {
                "text_editor_20241022" | "text_editor_20250124" => "str_replace_editor",
                _ => "str_replace_based_edit_tool",
            };
            let can_undo = name == "str_replace_editor";
            (name, EDITOR.to_owned(), editor(can_undo))
        }
        "computer" => ("computer", screen(tool), computer()),
        "memory" => ("memory", MEMORY.to_owned(), memory()),
        _ => return None,
    };
    Some(FunctionTool {
        name: tool.name.clone().unwrap_or_else(|| default_name.to_owned()),
        description: Some(description),
        parameters: Some(parameters),
        strict: tool.strict,
    })
}

const BASH: &str = "Runs commands in a bash shell whose state is kept between calls.";

const EDITOR: &str = "Views, creates and edits text files. `old_str` has to occur exactly once \
    in the file; `insert_line` 0 is the beginning of the file.";

const MEMORY: &str = "Keeps notes in files below /memories over conversations. Look there \
    before starting on a task.";

fn screen(tool: &RequestTool) -> String {
    let pixels = |name: &str| tool.more.get(name).and_then(Value::as_u64);
    let size = match (pixels("display_width_px"), pixels("display_height_px")) {
        (Some(width), Some(height)) => format!(" The screen has {width} by {height} pixels."),
        _ => String::new(),
    };
    format!(
        "Uses the mouse and the keyboard of a computer and takes screenshots of it. Coordinates \
         are [x, y] in pixels from the top left corner.{size}"
    )
}

fn bash() -> Value {
    json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "description": "The command; needed unless `restart`."},
            "restart": {"type": "boolean", "description": "Starts the shell anew."},
        },
    })
}

fn editor(can_undo: bool) -> Value {
    let mut commands = vec!["view", "create", "str_replace", "insert"];
    if can_undo {
        commands.push("undo_edit");
    }
    json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "enum": commands},
            "path": {"type": "string", "description": "The file or directory."},
            "file_text": {"type": "string", "description": "For `create`: the content."},
            "old_str": {"type": "string", "description": "For `str_replace`: what to replace."},
            "new_str": {
                "type": "string",
                "description": "For `str_replace`: what to put there.",
            },
            "insert_line": {
                "type": "integer",
                "description": "For `insert`: the line after which to insert.",
            },
            "insert_text": {"type": "string", "description": "For `insert`: what to insert."},
            "view_range": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "For `view`: the first and the last line, from 1; -1 is the end.",
            },
        },
        "required": ["command", "path"],
    })
}

fn computer() -> Value {
    let point = json!({"type": "array", "items": {"type": "integer"}});
    json!({
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": [
                "screenshot", "left_click", "type", "key", "mouse_move", "scroll",
                "left_click_drag", "right_click", "middle_click", "double_click",
                "triple_click", "left_mouse_down", "left_mouse_up", "hold_key", "wait",
                "cursor_position", "zoom",
            ]},
            "coordinate": point,
            "start_coordinate": point,
            "text": {"type": "string", "description": "What to type, or the key to press."},
            "scroll_direction": {"type": "string", "enum": ["up", "down", "left", "right"]},
            "scroll_amount": {"type": "integer"},
            "duration": {"type": "number", "description": "In seconds."},
            "region": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "For `zoom`: [x0, y0, x1, y1].",
            },
        },
        "required": ["action"],
    })
}

fn memory() -> Value {
    json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "enum": [
                "view", "create", "str_replace", "insert", "delete", "rename",
            ]},
            "path": {"type": "string"},
            "file_text": {"type": "string", "description": "For `create`."},
            "old_str": {"type": "string", "description": "For `str_replace`."},
            "new_str": {"type": "string", "description": "For `str_replace`."},
            "insert_line": {"type": "integer", "description": "For `insert`."},
            "insert_text": {"type": "string", "description": "For `insert`."},
            "old_path": {"type": "string", "description": "For `rename`."},
            "new_path": {"type": "string", "description": "For `rename`."},
            "view_range": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "For `view`: the first and the last line.",
            },
        },
        "required": ["command"],
    })
}
