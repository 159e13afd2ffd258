//! Makes the smallest value that a JSON schema allows, as far as the schemas go that tools and
//! structured answers have. Not a validator.

use serde_json::{Map, Value, json};

/// How deep a value may be; what goes on for ever is cut here.
const DEEPEST: usize = 12;

/// A value that the schema allows.
pub(crate) fn sample(schema: &Value) -> Value {
    of(schema, schema, DEEPEST)
}

fn of(schema: &Value, root: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = reference
            .strip_prefix('#')
            .and_then(|path| root.pointer(path));
        return target.map_or(Value::Null, |target| of(target, root, depth - 1));
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(value) = schema["enum"].as_array().and_then(|values| values.first()) {
        return value.clone();
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(schemas) = schema[choice].as_array() {
            return of(simplest(schemas), root, depth - 1);
        }
    }
    if let Some(schemas) = schema["allOf"].as_array() {
        return merged(schemas, root, depth);
    }
    match type_of(schema) {
        "object" => object(schema, root, depth),
        "array" => array(schema, root, depth),
        "string" => json!(string(schema)),
        "integer" | "number" => json!(smallest(schema)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

/// The type, where there are several the first that says something.
fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => "string",
    }
}

/// The choice that says something and does not go deeper, if there is one.
fn simplest(schemas: &[Value]) -> &Value {
    let says = |schema: &&Value| schema["type"] != "null";
    let is_flat = |schema: &&Value| says(schema) && schema.get("$ref").is_none();
    let flat = schemas.iter().find(is_flat);
    flat.or_else(|| schemas.iter().find(says))
        .or_else(|| schemas.first())
        .unwrap_or(&Value::Null)
}

/// A value with the members of all; what is no object is made of the first.
fn merged(schemas: &[Value], root: &Value, depth: usize) -> Value {
    let mut members = Map::new();
    for schema in schemas {
        match of(schema, root, depth - 1) {
            Value::Object(more) => members.extend(more),
            other => return other,
        }
    }
    Value::Object(members)
}

fn object(schema: &Value, root: &Value, depth: usize) -> Value {
    let required = schema["required"].as_array().into_iter().flatten();
    let members = required.filter_map(Value::as_str).map(|name| {
        let member = schema["properties"].get(name);
        let value = member.map_or(Value::Null, |member| of(member, root, depth - 1));
        (name.to_owned(), value)
    });
    Value::Object(members.collect())
}

/// One element, so that there is something to see, unless there must be more or may be none.
fn array(schema: &Value, root: &Value, depth: usize) -> Value {
    let bound = |name: &str| schema[name].as_u64();
    let wanted = u64::from(depth > DEEPEST / 2);
    let count = wanted.max(bound("minItems").unwrap_or(0));
    let count = count.min(bound("maxItems").unwrap_or(u64::MAX));
    let element = of(&schema["items"], root, depth - 1);
    Value::Array((0..count).map(|_| element.clone()).collect())
}

fn string(schema: &Value) -> String {
    let text = match schema["format"].as_str() {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "P1D",
        Some("email") => "sample@simulator.example",
        Some("hostname") => "simulator.example",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some("uri") => "https://simulator.example/",
        _ => "sample",
    };
    let length = |name: &str| schema[name].as_u64().and_then(|n| usize::try_from(n).ok());
    let mut text = text.to_owned();
    while length("minLength").is_some_and(|least| text.len() < least) {
        text.push('x');
    }
    if let Some(most) = length("maxLength") {
        text.truncate(most);
    }
    text
}

/// The whole number nearest to zero, or above it, that the bounds allow.
fn smallest(schema: &Value) -> i64 {
    let bound = |name: &str| schema[name].as_i64();
    let step = bound("multipleOf").filter(|step| *step > 0).unwrap_or(1);
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|bound| bound + 1));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|bound| bound - 1));
    let least = least.unwrap_or_else(|| most.unwrap_or(1).min(1));
    least.div_euclid(step) * step + if least.rem_euclid(step) == 0 { 0 } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_what_is_required_and_nothing_else() {
        let schema = json!({
            "type": "object",
            "properties": {
                "unit": {"type": "string", "enum": ["c", "f"]},
                "count": {"type": "integer", "minimum": 3, "multipleOf": 2},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                "place": {"$ref": "#/$defs/place"},
                "note": {"type": ["null", "string"], "maxLength": 3},
                "other": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
                "unused": {"type": "string"},
            },
            "required": ["unit", "count", "tags", "place", "note", "other"],
            "$defs": {"place": {"type": "object", "properties": {"when": {"type": "string",
                "format": "date"}}, "required": ["when"]}},
        });
        let expected = json!({
            "unit": "c", "count": 4, "tags": ["sample", "sample"],
            "place": {"when": "2026-01-01"}, "note": "sam", "other": true,
        });
        assert_eq!(sample(&schema), expected);
    }

    #[test]
    fn what_holds_itself_comes_to_an_end() {
        let schema = json!({
            "$defs": {"node": {"type": "object", "required": ["children", "next"], "properties": {
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            }}},
            "$ref": "#/$defs/node",
        });
        assert!(sample(&schema).is_object());
    }
}
