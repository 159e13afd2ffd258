//! Reads what a route is sent, field by field, and refuses it with every fault named, the way
//! upstream's validation does. The conversation call has a reader of its own.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Reply;

/// The fields of a body or a query.
pub(crate) struct Fields {
    place: &'static str,
    values: Value,
    faults: Vec<Value>,
}

impl Fields {
    /// The members of a JSON body; an empty body has none.
    pub(crate) fn of_body(body: &[u8]) -> Result<Self, Reply> {
        let values = if body.is_empty() {
            json!({})
        } else {
            serde_json::from_slice(body).unwrap_or_default()
        };
        let mut fields = Self::new("body", values);
        if !fields.values.is_object() {
            let fault = json!({"loc": ["body"], "msg": "value is not a valid dict",
                "type": "type_error.dict"});
            fields.faults.push(fault);
            fields.accept()?;
        }
        Ok(fields)
    }

    /// The parameters of a query.
    pub(crate) fn of_query(query: &HashMap<String, String>) -> Self {
        Self::new("query", json!(query))
    }

    fn new(place: &'static str, values: Value) -> Self {
        Self {
            place,
            values,
            faults: Vec::new(),
        }
    }

    /// A text that must be there and not be empty.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match &self.values[name] {
            Value::String(text) if !text.is_empty() => return text.clone(),
            Value::String(_) => self.fault(
                name,
                "ensure this value has at least 1 characters",
                "value_error.any_str.min_length",
            ),
            Value::Null => self.fault(name, "field required", "value_error.missing"),
            _ => self.fault(name, "str type expected", "type_error.str"),
        }
        String::new()
    }

    /// One of a few texts, which must be there.
    pub(crate) fn one_of(&mut self, name: &str, permitted: &[&str]) -> String {
        let text = self.text(name);
        if !text.is_empty() && !permitted.contains(&text.as_str()) {
            let list = permitted.join("', '");
            let message = format!("value is not a valid enumeration member; permitted: '{list}'");
            self.fault(name, &message, "type_error.enum");
        }
        text
    }

    /// A number above zero, which must be there.
    pub(crate) fn positive(&mut self, name: &str) -> u64 {
        match &self.values[name] {
            Value::Null => self.fault(name, "field required", "value_error.missing"),
            value => match value.as_u64() {
                Some(number) if number > 0 => return number,
                Some(_) => self.fault(
                    name,
                    "ensure this value is greater than 0",
                    "value_error.number.not_gt",
                ),
                None => self.fault(name, "value is not a valid integer", "type_error.integer"),
            },
        }
        0
    }

    /// A field that may be missing.
    pub(crate) fn optional(&self, name: &str) -> &Value {
        &self.values[name]
    }

    /// A query's number, or what it is without one.
    pub(crate) fn number_or(&mut self, name: &str, otherwise: usize) -> usize {
        let Some(text) = self.values[name].as_str().filter(|text| !text.is_empty()) else {
            return otherwise;
        };
        text.parse().unwrap_or_else(|_| {
            self.fault(name, "value is not a valid integer", "type_error.integer");
            otherwise
        })
    }

    /// The refusal, if anything was wrong.
    pub(crate) fn accept(&mut self) -> Result<(), Reply> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let faults = std::mem::take(&mut self.faults);
        Err(Reply::detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            json!(faults),
        ))
    }

    fn fault(&mut self, name: &str, message: &str, kind: &str) {
        self.faults
            .push(json!({"loc": [self.place, name], "msg": message, "type": kind}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named() {
        let body = br#"{"size": 0, "kind": "x", "flag": 1, "empty": ""}"#;
        let mut fields = Fields::of_body(body).unwrap();
        fields.positive("size");
        fields.one_of("kind", &["a", "b"]);
        fields.text("flag");
        fields.text("empty");
        fields.text("missing");
        let refusal = fields.accept().unwrap_err();
        assert_eq!(refusal.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = format!("{refusal:?}");
        for name in ["size", "kind", "flag", "empty", "missing"] {
            assert!(text.contains(&format!("\\\"{name}\\\"]")), "{name}: {text}");
        }
    }

    #[test]
    fn a_body_must_be_an_object() {
        for body in ["[]", "{", "7"] {
            assert!(Fields::of_body(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Fields::of_body(b"").is_ok());
    }

    #[test]
    fn numbers_of_a_query_are_texts() {
        let query = HashMap::from([
            ("a".to_owned(), "7".to_owned()),
            ("b".to_owned(), "x".to_owned()),
        ]);
        let mut fields = Fields::of_query(&query);
        assert_eq!((fields.number_or("a", 1), fields.number_or("c", 1)), (7, 1));
        assert!(fields.accept().is_ok());
        fields.number_or("b", 1);
        assert!(fields.accept().is_err());
    }
}
