//! What is refused in a schema: parameters that are no object, and, where a schema is strict,
//! objects that leave something open.

use serde_json::Value;

use crate::reply::Reply;
use crate::responses::errors;

/// Refuses parameters whose schema is not one of an object.
pub(super) fn check_object(schema: &Value, context: &str, param: &str) -> Result<(), Reply> {
    match &schema["type"] {
        Value::Null => Ok(()),
        Value::String(kind) if kind == "object" => Ok(()),
        other => {
            let reason =
                format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: {other}'.");
            Err(refusal(context, param, &reason))
        }
    }
}

/// Refuses a schema that does not say everything.
pub(super) fn check_strict(schema: &Value, context: &str, param: &str) -> Result<(), Reply> {
    check_object(schema, context, param)?;
    check_inside(schema, &mut Vec::new()).map_err(|reason| refusal(context, param, &reason))
}

fn refusal(context: &str, param: &str, reason: &str) -> Reply {
    let code = if param.starts_with("tools") {
        "invalid_function_parameters"
    } else {
        "invalid_json_schema"
    };
    let message = format!("Invalid schema for {context}: {reason}");
    errors::invalid(Some(code), Some(param), &message)
}

fn check_inside<'a>(schema: &'a Value, path: &mut Vec<&'a str>) -> Result<(), String> {
    match schema {
        Value::Object(members) => {
            if schema["properties"].is_object() {
                check_members(schema, path)?;
            }
            members.iter().try_for_each(|(name, value)| {
                path.push(name);
                let outcome = check_inside(value, path);
                path.pop();
                outcome
            })
        }
        Value::Array(values) => values
            .iter()
            .try_for_each(|value| check_inside(value, path)),
        _ => Ok(()),
    }
}

fn check_members(schema: &Value, path: &[&str]) -> Result<(), String> {
    let context = path.join("', '");
    if schema["additionalProperties"] != false {
        return Err(format!(
            "In context=('{context}'), 'additionalProperties' is required to be supplied and to be \
             false."
        ));
    }
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let members = schema["properties"].as_object().into_iter().flatten();
    for (name, _) in members {
        if !required.contains(&name.as_str()) {
            return Err(format!(
                "In context=('{context}'), 'required' is required to be supplied and to be an array \
                 including every key in properties. Missing '{name}'."
            ));
        }
    }
    Ok(())
}
