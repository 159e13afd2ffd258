//! Writes JSON text the way upstream does: members in its usual order, optionally with a space
//! after `,` and `:`, optionally ASCII only. Not a general serialiser; the encoders call it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::framing::Framing;

/// The text of `value` in the style `framing` asks for.
pub(crate) fn write(value: &Value, framing: &Framing) -> String {
    let mut writer = Writer {
        text: String::with_capacity(256),
        gap: if framing.compact { "" } else { " " },
        escape: framing.escape_non_ascii,
    };
    writer.value(value);
    writer.text
}

struct Writer {
    text: String,
    gap: &'static str,
    escape: bool,
}

impl Writer {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(true) => self.text.push_str("true"),
            Value::Bool(false) => self.text.push_str("false"),
            Value::Number(number) => {
                // Writing to a string cannot fail.
                let _ = write!(self.text, "{number}");
            }
            Value::String(text) => self.string(text),
            Value::Array(items) => self.array(items),
            Value::Object(members) => self.object(members),
        }
    }

    fn array(&mut self, items: &[Value]) {
        self.text.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
                self.text.push_str(self.gap);
            }
            self.value(item);
        }
        self.text.push(']');
    }

    fn object(&mut self, members: &Map<String, Value>) {
        let mut sorted: Vec<_> = members.iter().collect();
        sorted.sort_by_key(|(key, _)| rank(key));
        self.text.push('{');
        for (index, (key, value)) in sorted.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
                self.text.push_str(self.gap);
            }
            self.string(key);
            self.text.push(':');
            self.text.push_str(self.gap);
            self.value(value);
        }
        self.text.push('}');
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                other if other < ' ' || (self.escape && !other.is_ascii()) => {
                    let mut units = [0; 2];
                    for unit in other.encode_utf16(&mut units) {
                        let _ = write!(self.text, "\\u{unit:04x}");
                    }
                }
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }
}

/// Where a member stands in upstream's objects; those not named here stand in the middle.
fn rank(key: &str) -> u8 {
    const FIRST: [&str; 21] = [
        "p",
        "o",
        "v",
        "c",
        "type",
        "message",
        "id",
        "author",
        "role",
        "name",
        "create_time",
        "update_time",
        "summary",
        "content_type",
        "content",
        "parts",
        "status",
        "end_turn",
        "weight",
        "metadata",
        "recipient",
    ];
    const LAST: [&str; 4] = ["channel", "conversation_id", "error", "error_code"];
    let position = |list: &[&str]| {
        list.iter()
            .position(|known| *known == key)
            .and_then(|index| u8::try_from(index).ok())
    };
    position(&FIRST)
        .or_else(|| position(&LAST).map(|index| 200 + index))
        .unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_stand_in_upstream_order() {
        let value = json!({"c": 1, "v": {"error": null, "message": {"content": {}, "id": "a"}}, "o": "add", "p": ""});
        assert_eq!(
            write(&value, &Framing::default()),
            r#"{"p":"","o":"add","v":{"message":{"id":"a","content":{}},"error":null},"c":1}"#
        );
    }

    #[test]
    fn spaces_and_escapes_follow_the_framing() {
        let value = json!({"v": ["\u{1f600}", "\u{2019}\u{1}"]});
        let spaced = Framing {
            compact: false,
            ..Framing::default()
        };
        assert_eq!(
            write(&value, &spaced),
            r#"{"v": ["\ud83d\ude00", "\u2019\u0001"]}"#
        );
        let raw = Framing {
            escape_non_ascii: false,
            ..Framing::default()
        };
        assert_eq!(write(&value, &raw), "{\"v\":[\"😀\",\"’\\u0001\"]}");
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({"a": [1, 2.5, -3, true, null, "x\"\\\n\r\t\u{8}é😀"], "b": {}});
        for compact in [true, false] {
            for escape_non_ascii in [true, false] {
                let framing = Framing {
                    compact,
                    escape_non_ascii,
                    ..Framing::default()
                };
                let back: Value = serde_json::from_str(&write(&value, &framing)).unwrap();
                assert_eq!(back, value);
            }
        }
    }
}
