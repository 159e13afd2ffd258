//! A JSON schema of the caller's, ready to check with.
//!
//! Nothing is fetched: a `$ref` that leads out of the schema makes it unusable. So does a pattern
//! that is no regular expression; one that takes too many steps over a value fails on that value,
//! and so does a schema.

mod steps;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// As many errors are named; they are mostly of one cause.
const MAX_ERRORS: usize = 3;

/// What is longer is cut: an error quotes the value that is at fault.
const MAX_ERROR_CHARS: usize = 240;

/// Far more than a sensible pattern needs, and over in a few milliseconds.
const MAX_BACKTRACKS: usize = 100_000;

/// What is said of a value that the schema makes too much of.
const TOO_MANY_STEPS: &str = "the schema takes too many steps to check this; make it simpler";

/// A schema that nothing can be checked with; the caller's mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schema of {} cannot be used: {reason}", owner(self.tool.as_deref()))]
pub struct UnusableSchema {
    /// The tool whose arguments it is for; none for the schema of the answer.
    pub tool: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// A schema to check with.
#[derive(Debug)]
pub(super) struct Schema {
    validator: Validator,
    /// As it was written.
    written: Value,
}

impl Schema {
    /// Reads `schema`, which is for the arguments of `tool` or for the answer.
    pub(super) fn new(schema: &Value, tool: Option<&str>) -> Result<Self, UnusableSchema> {
        let options = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(MAX_BACKTRACKS));
        let validator = options.build(schema).map_err(|error| UnusableSchema {
            tool: tool.map(str::to_owned),
            reason: shortened(&error.to_string()),
        })?;
        Ok(Self {
            validator,
            written: schema.clone(),
        })
    }

    /// The first things wrong with `value`, each with its place; empty if there is nothing.
    pub(super) fn errors(&self, value: &Value) -> Vec<String> {
        if !steps::are_few(&self.written, value) {
            return vec![TOO_MANY_STEPS.to_owned()];
        }
        let errors = self.validator.iter_errors(value).take(MAX_ERRORS);
        let words = errors.map(|error| {
            let place = error.instance_path().to_string();
            let error = shortened(&error.to_string());
            if place.is_empty() {
                error
            } else {
                format!("at {}: {error}", shortened(&place))
            }
        });
        words.collect()
    }
}

fn owner(tool: Option<&str>) -> String {
    match tool {
        Some(name) => format!("the tool `{name}`"),
        None => "the answer".to_owned(),
    }
}

/// The beginning of a text that may quote anything.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_ERROR_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::Schema;

    fn errors(schema: &Value, value: &Value) -> Vec<String> {
        Schema::new(schema, None).unwrap().errors(value)
    }

    #[test]
    fn enums_lists_in_lists_and_local_references_are_checked() {
        let schema = json!({
            "type": "object",
            "properties": {
                "colour": {"enum": ["red", "绿"]},
                "grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
                "tree": {"$ref": "#/$defs/node"},
            },
            "$defs": {"node": {
                "type": "object",
                "properties": {"next": {"$ref": "#/$defs/node"}, "v": {"type": "string"}},
                "required": ["v"],
                "additionalProperties": false,
            }},
        });
        let good =
            json!({"colour": "绿", "grid": [[1], []], "tree": {"v": "a", "next": {"v": "b"}}});
        assert!(errors(&schema, &good).is_empty());
        let bad =
            json!({"colour": "blue", "grid": [[1], [2, "x"]], "tree": {"v": "a", "next": {}}});
        insta::assert_snapshot!(errors(&schema, &bad).join("\n"));
    }

    #[test]
    fn what_an_error_quotes_is_cut() {
        let errors = errors(&json!({"type": "integer"}), &json!("长".repeat(10_000)));
        assert_eq!(errors.len(), 1);
        assert!(errors[0].chars().count() < 300);
    }

    #[rstest]
    #[case::elsewhere(json!({"$ref": "https://example.com/schema.json"}))]
    #[case::a_file(json!({"$ref": "file:///etc/passwd"}))]
    #[case::nowhere(json!({"$ref": "#/$defs/none"}))]
    #[case::unknown_dialect(json!({"$schema": "https://example.com/dialect"}))]
    #[case::no_schema(json!({"type": "thing"}))]
    #[case::no_pattern(json!({"pattern": "("}))]
    #[case::a_string(json!("object"))]
    fn a_schema_that_cannot_be_used_says_so_at_once(#[case] schema: Value) {
        let error = Schema::new(&schema, Some("f")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the schema of the tool `f` cannot be used: ")
        );
    }

    #[rstest]
    #[case(json!({"$ref": "#"}))]
    #[case(json!({"allOf": [{"$ref": "#"}]}))]
    #[case(json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}))]
    fn a_schema_that_goes_in_circles_comes_to_an_end(#[case] schema: Value) {
        if let Ok(schema) = Schema::new(&schema, None) {
            schema.errors(&json!({"a": 1}));
        }
    }

    #[test]
    fn a_pattern_that_would_take_for_ever_fails() {
        // The look-ahead keeps it off the engine that needs no steps back.
        let schema = json!({"pattern": "^(?=a)(a+)+\\1$"});
        let value = json!(format!("{}b", "a".repeat(60)));
        assert_eq!(errors(&schema, &value).len(), 1);
    }
}
