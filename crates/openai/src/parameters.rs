//! The top-level parameters of a request body, read one by one.
//!
//! Unlike a derived struct this names the parameter at fault in every error and keeps
//! track of what nobody asked for, so that nothing is dropped in silence.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::InvalidRequest;

/// A JSON object whose values are read on demand.
#[derive(Debug)]
pub struct Parameters<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Parameters<'a> {
    /// Reads `body`, which must be one JSON object.
    pub fn read(body: &'a [u8]) -> Result<Self, InvalidRequest> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(InvalidRequest::body(
                "the request body is empty; send a JSON object",
            ));
        }
        serde_json::from_slice(body).map_err(|error| {
            InvalidRequest::body(format!("the request body is not a JSON object: {error}"))
        })
    }

    /// Takes the parameter `name`; `None` when absent or `null`.
    pub fn take<T: Deserialize<'a>>(&mut self, name: &str) -> Result<Option<T>, InvalidRequest> {
        let Some(value) = self.take_raw(name) else {
            return Ok(None);
        };
        serde_json::from_str(value.get())
            .map(Some)
            .map_err(|error| InvalidRequest::parameter(name, format!("{name}: {}", plain(&error))))
    }

    /// Takes the parameter `name` as written; `None` when absent or `null`.
    pub fn take_raw(&mut self, name: &str) -> Option<&'a RawValue> {
        let mut last = None;
        self.entries.retain(|(key, value)| {
            let wanted = key == name;
            if wanted {
                last = Some(*value);
            }
            !wanted
        });
        last.filter(|value| value.get() != "null")
    }

    /// The names nobody has taken so far.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter();
        let stated = entries.filter(|(_, value)| value.get() != "null");
        stated.map(|(name, _)| name.as_ref())
    }

    /// The names nobody took, in the order they were sent.
    pub fn into_untaken(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.entries
            .into_iter()
            .filter(|(_, value)| value.get() != "null")
            .map(|(name, _)| name)
    }

    /// All that nobody took and that is not `null`, in the order they were sent.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        let entries = self.entries.iter();
        let present = entries.filter(|(_, value)| value.get() != "null");
        present.map(|(name, value)| (name.as_ref(), *value))
    }
}

/// A serde error without its position, which counts inside the one value.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Parameters<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Parameters<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(name), value)) = map.next_entry()? {
            entries.push((name, value));
        }
        Ok(Parameters { entries })
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn what_is_taken_is_gone_and_null_is_absent() {
        let body = br#"{"a":1,"b":null,"c":"x","d":null,"a":2}"#;
        let mut parameters = Parameters::read(body).unwrap();
        assert_eq!(parameters.take::<u8>("a").unwrap(), Some(2));
        assert_eq!(parameters.take::<u8>("b").unwrap(), None);
        assert_eq!(parameters.into_untaken().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn a_wrong_type_names_the_parameter() {
        let mut parameters = Parameters::read(br#"{"n":"two"}"#).unwrap();
        let error = parameters.take::<u8>("n").unwrap_err();
        assert_eq!(error.param.as_deref(), Some("n"));
        assert_eq!(
            error.message,
            "n: invalid type: string \"two\", expected u8"
        );
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for body in ["", "  ", "[]", "null", "{", "{}{}", "{\"a\":}"] {
            let error = Parameters::read(body.as_bytes()).unwrap_err();
            assert_eq!(error.code, Some("invalid_json"), "{body}");
        }
    }
}
