//! Fills the placeholders of a page: `@@NAME@@` stands in its HTML, `@@NAME:2@@` in a string of
//! JSON inside another one, or at any other such depth. What is unknown stays as it is.

use std::collections::HashMap;

const EDGE: &str = "@@";

/// What could end a script, or a line of one, and how it is written instead.
const IN_SCRIPT: [(char, &str); 5] = [
    ('<', "\\u003c"),
    ('>', "\\u003e"),
    ('&', "\\u0026"),
    ('\u{2028}', "\\u2028"),
    ('\u{2029}', "\\u2029"),
];

/// What the placeholders stand for.
pub(super) type Values = HashMap<&'static str, String>;

/// The text with the values in place.
pub(super) fn filled(text: &str, values: &Values) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(EDGE) {
        out.push_str(before);
        let found = after.split_once(EDGE).and_then(|(placeholder, after)| {
            let (name, depth) = placeholder.split_once(':').unwrap_or((placeholder, "0"));
            let value = values.get(name)?;
            Some((escaped(value, depth.parse().ok()?), after))
        });
        if let Some((value, after)) = found {
            out.push_str(&value);
            rest = after;
        } else {
            out.push_str(EDGE);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// A value as it has to stand inside so many strings of JSON, all of them in a script.
fn escaped(value: &str, depth: usize) -> String {
    if depth == 0 {
        return in_html(value);
    }
    let nested = (0..depth).fold(value.to_owned(), |text, _| in_json(&text));
    IN_SCRIPT.iter().fold(nested, |text, (character, code)| {
        text.replace(*character, code)
    })
}

/// The inside of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_for_where_they_stand() {
        let values = Values::from([("NAME", "a\"<b>&\\".to_owned())]);
        let text = "<p>@@NAME@@</p>[\"@@NAME:1@@\"] @@OTHER@@ @@ @@NAME:x@@";
        assert_eq!(
            filled(text, &values),
            "<p>a&quot;&lt;b&gt;&amp;\\</p>[\"a\\\"\\u003cb\\u003e\\u0026\\\\\"] \
             @@OTHER@@ @@ @@NAME:x@@"
        );
    }

    #[test]
    fn any_depth_reads_back() {
        let name = "Zoë \"O'Neil\" </script> \\ \u{2028}";
        let values = Values::from([("NAME", name.to_owned())]);
        let once = filled("\"@@NAME:1@@\"", &values);
        assert_eq!(serde_json::from_str::<String>(&once).unwrap(), name);
        let twice = filled("\"{\\\"a\\\":\\\"@@NAME:2@@\\\"}\"", &values);
        assert!(!twice.contains('<'));
        let inner: String = serde_json::from_str(&twice).unwrap();
        let inner: serde_json::Value = serde_json::from_str(&inner).unwrap();
        assert_eq!(inner["a"], name);
    }
}
