//! How many steps a check takes at most, told without checking: alternatives inside alternatives
//! take twice as many with every level of the value.
//!
//! Follows a schema as the check does, and gives up where that leads too far. Called by `schema`.

use serde_json::{Map, Value};

/// More than any sensible schema takes over any sensible answer.
const MAX_STEPS: u64 = 1_000_000;

/// What a pattern may cost, set against the rest.
const PATTERN_STEPS: u64 = 200;

/// A schema that leads deeper leads nowhere.
const MAX_DEPTH: u32 = 300;

/// What stands for many: the schema, and what it is checked against.
struct Walk<'a> {
    root: &'a Value,
    left: u64,
}

/// Too many.
struct TooMany;

/// Whether `value` can be checked in a sensible number of steps.
pub(super) fn are_few(schema: &Value, value: &Value) -> bool {
    let mut walk = Walk {
        root: schema,
        left: MAX_STEPS,
    };
    walk.visit(schema, value, 0).is_ok()
}

impl<'a> Walk<'a> {
    fn charge(&mut self, steps: u64) -> Result<(), TooMany> {
        self.left = self.left.checked_sub(steps).ok_or(TooMany)?;
        Ok(())
    }

    fn visit(&mut self, schema: &'a Value, value: &Value, depth: u32) -> Result<(), TooMany> {
        self.charge(1)?;
        let Value::Object(members) = schema else {
            return Ok(());
        };
        if depth > MAX_DEPTH {
            return Err(TooMany);
        }
        // What was not looked at is found out by looking at all of it again.
        let looks_again = members.keys().any(|name| name.starts_with("unevaluated"));
        for _ in 0..=u8::from(looks_again) {
            for (name, part) in members {
                self.keyword(name, part, value, depth + 1)?;
            }
        }
        Ok(())
    }

    fn keyword(
        &mut self,
        name: &str,
        part: &'a Value,
        value: &Value,
        depth: u32,
    ) -> Result<(), TooMany> {
        match (name, part, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(place), _) => {
                let target = self.target(place).ok_or(TooMany)?;
                self.visit(target, value, depth)
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts), _) => {
                parts.iter().try_for_each(|it| self.visit(it, value, depth))
            }
            ("not" | "if" | "then" | "else", part, _) => self.visit(part, value, depth),
            ("dependentSchemas" | "dependencies", Value::Object(parts), _) => {
                let mut parts = parts.values();
                parts.try_for_each(|it| self.visit(it, value, depth))
            }
            ("pattern", _, Value::String(_)) => self.charge(PATTERN_STEPS),
            ("enum", Value::Array(words), _) => self.charge(words.len() as u64),
            (name, part, Value::Object(values)) => self.of_object(name, part, values, depth),
            (name, part, Value::Array(values)) => self.of_list(name, part, values, depth),
            _ => Ok(()),
        }
    }

    fn of_object(
        &mut self,
        name: &str,
        part: &'a Value,
        values: &Map<String, Value>,
        depth: u32,
    ) -> Result<(), TooMany> {
        match (name, part) {
            ("properties", Value::Object(parts)) => parts.iter().try_for_each(|(name, part)| {
                let value = values.get(name);
                value.map_or(Ok(()), |value| self.visit(part, value, depth))
            }),
            ("patternProperties", Value::Object(parts)) => parts.values().try_for_each(|part| {
                values.values().try_for_each(|value| {
                    self.charge(PATTERN_STEPS)?;
                    self.visit(part, value, depth)
                })
            }),
            ("propertyNames", part) => values.keys().try_for_each(|name| {
                let name = Value::String(name.clone());
                self.visit(part, &name, depth)
            }),
            ("additionalProperties" | "unevaluatedProperties", part) => {
                let mut values = values.values();
                values.try_for_each(|value| self.visit(part, value, depth))
            }
            _ => Ok(()),
        }
    }

    fn of_list(
        &mut self,
        name: &str,
        part: &'a Value,
        values: &[Value],
        depth: u32,
    ) -> Result<(), TooMany> {
        match (name, part) {
            ("prefixItems" | "items", Value::Array(parts)) => {
                let mut pairs = parts.iter().zip(values);
                pairs.try_for_each(|(part, value)| self.visit(part, value, depth))
            }
            ("items" | "contains" | "unevaluatedItems" | "additionalItems", part) => {
                let mut values = values.iter();
                values.try_for_each(|value| self.visit(part, value, depth))
            }
            ("uniqueItems", _) => self.charge((values.len() as u64).pow(2)),
            _ => Ok(()),
        }
    }

    /// Where a reference leads: a place in the schema, or an anchor in it.
    fn target(&self, place: &str) -> Option<&'a Value> {
        let place = place.strip_prefix('#')?;
        let place = place.replace("%25", "%");
        match self.root.pointer(&place) {
            Some(target) => Some(target),
            None => anchored(self.root, &place),
        }
    }
}

fn anchored<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    match schema {
        Value::Object(members) => {
            let named = ["$anchor", "$dynamicAnchor"];
            if named
                .iter()
                .any(|it| members.get(*it).is_some_and(|it| it == name))
            {
                return Some(schema);
            }
            members.values().find_map(|it| anchored(it, name))
        }
        Value::Array(values) => values.iter().find_map(|it| anchored(it, name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::are_few;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!({}), |value, _| json!({"x": value}))
    }

    #[test]
    fn alternatives_inside_alternatives_are_too_many_for_a_deep_value() {
        let again = json!({"properties": {"x": {"$ref": "#/$defs/a"}}});
        for name in ["anyOf", "allOf", "oneOf"] {
            let schema = json!({"$ref": "#/$defs/a", "$defs": {"a": {name: [again, again]}}});
            assert!(are_few(&schema, &nested(5)));
            assert!(!are_few(&schema, &nested(60)));
        }
        let anchor = json!({"properties": {"x": {"$ref": "#b"}}});
        let schema = json!({"$anchor": "b", "anyOf": [anchor, anchor]});
        assert!(!are_few(&schema, &nested(60)));
    }

    #[test]
    fn a_list_of_many_is_fine_and_a_circle_is_not() {
        let schema = json!({"items": {"type": "object", "properties": {"a": {"pattern": "^a+$"}}}});
        let value: Value = (0..2000).map(|_| json!({"a": "aaa"})).collect();
        assert!(are_few(&schema, &value));
        let tree = json!({"$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}},
                          "$ref": "#/$defs/node"});
        assert!(are_few(&tree, &json!({"next": {"next": {}}})));
        assert!(!are_few(&json!({"$ref": "#"}), &json!(1)));
        assert!(!are_few(&json!({"$ref": "elsewhere"}), &json!(1)));
    }
}
