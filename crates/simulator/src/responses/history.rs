//! Refuses a history in which a call of a tool has no output, or an output no call before it.

use serde_json::Value;

use super::check::kind_of;
use super::errors;
use crate::reply::Reply;

/// What calls there are, what answers each, and how a message names them.
const PAIRS: [(&str, &str, &str); 3] = [
    ("function_call", "function_call_output", "function call"),
    (
        "custom_tool_call",
        "custom_tool_call_output",
        "custom tool call",
    ),
    (
        "local_shell_call",
        "local_shell_call_output",
        "local shell call",
    ),
];

/// Refuses what does not belong together.
pub(crate) fn check(input: &[Value]) -> Result<(), Reply> {
    for (call, output, words) in PAIRS {
        let of = |kind: &'static str| {
            let items = input.iter().enumerate();
            let items = items.filter(move |(_, item)| kind_of(item) == kind);
            items.map(|(index, item)| (index, call_id(item)))
        };
        let calls: Vec<(usize, &str)> = of(call).collect();
        let outputs: Vec<(usize, &str)> = of(output).collect();
        for (at, id) in &outputs {
            if !calls
                .iter()
                .any(|(index, called)| called == id && index < at)
            {
                return Err(refusal(&format!(
                    "No tool call found for {words} output with call_id {id}."
                )));
            }
        }
        for (at, id) in &calls {
            if !outputs.iter().any(|(index, said)| said == id && index > at) {
                return Err(refusal(&format!("No tool output found for {words} {id}.")));
            }
        }
    }
    Ok(())
}

/// The id of a call; older clients give a shell call the id of its item.
fn call_id(item: &Value) -> &str {
    let id = item["call_id"].as_str().or_else(|| item["id"].as_str());
    id.unwrap_or_default()
}

fn refusal(message: &str) -> Reply {
    errors::invalid(None, Some("input"), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_and_outputs_belong_together() {
        let call =
            json!({"type": "function_call", "call_id": "call_1", "name": "a", "arguments": "{}"});
        let output = json!({"type": "function_call_output", "call_id": "call_1", "output": "x"});
        assert!(check(&[call.clone(), output.clone()]).is_ok());
        let refused = |input: &[Value]| format!("{:?}", check(input).unwrap_err());
        assert!(
            refused(std::slice::from_ref(&call))
                .contains("No tool output found for function call call_1.")
        );
        assert!(
            refused(std::slice::from_ref(&output))
                .contains("No tool call found for function call output")
        );
        assert!(refused(&[output, call]).contains("No tool call found"));
    }
}
