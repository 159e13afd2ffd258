//! JSON as text: written without loss of order or of digits, and followed while it arrives.

use serde::de::IgnoredAny;

/// A string of JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The same JSON on one line, all else as it was written; `None` if it is no JSON.
pub(super) fn compact(json: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(json).ok()?;
    let mut compact = String::with_capacity(json.len());
    let (mut is_in_string, mut is_escaped) = (false, false);
    for character in json.chars() {
        if !is_in_string && character.is_ascii_whitespace() {
            continue;
        }
        is_in_string ^= character == '"' && !is_escaped;
        is_escaped = is_in_string && character == '\\' && !is_escaped;
        compact.push(character);
    }
    Some(compact)
}

/// Follows one object or list while it arrives. It finds the end and what can be no JSON at all;
/// whether the rest is right, a parser has to say once it is whole.
#[derive(Debug, Clone)]
pub(super) struct JsonScan {
    at: usize,
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
    is_broken: bool,
    end: Option<usize>,
}

impl JsonScan {
    /// Begins at the byte `at` of a text.
    pub(super) fn new(at: usize) -> Self {
        Self {
            at,
            depth: 0,
            is_in_string: false,
            is_escaped: false,
            is_broken: false,
            end: None,
        }
    }

    /// Goes on to the end of `text`, the same as before with more behind it. Returns how far it
    /// may be JSON.
    pub(super) fn advance(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        while self.end.is_none() && !self.is_broken {
            let Some(byte) = bytes.get(self.at) else {
                break;
            };
            if self.is_in_string {
                self.in_string(*byte);
            } else {
                self.outside(*byte);
            }
            if !self.is_broken {
                self.at += 1;
            }
            if self.depth == 0 && matches!(byte, b'}' | b']') && !self.is_broken {
                self.end = Some(self.at);
            }
        }
        self.at
    }

    /// Where it ended, once it has.
    pub(super) fn end(&self) -> Option<usize> {
        self.end
    }

    fn in_string(&mut self, byte: u8) {
        match byte {
            0..0x20 => self.is_broken = true,
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => self.is_in_string = false,
            _ => {}
        }
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => self.depth += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            // Only an object or a list is followed.
            _ if self.depth == 0 => self.is_broken = true,
            b'}' | b']' => self.depth -= 1,
            b'"' => self.is_in_string = true,
            b',' | b':' | b'+' | b'-' | b'.' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => self.is_broken = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonScan, compact};

    #[test]
    fn compact_json_keeps_order_digits_and_strings() {
        assert_eq!(
            compact("{ \"b\" : 1.00 ,\n \"a\\\" \" : \"x \\\\\" }").as_deref(),
            Some("{\"b\":1.00,\"a\\\" \":\"x \\\\\"}")
        );
        assert_eq!(compact("{} {}"), None);
    }

    #[test]
    fn the_end_is_found_past_strings_that_look_like_it() {
        let text = r#" {"a":["}\"]",{}]} rest"#;
        for cut in 0..text.len() {
            let mut scan = JsonScan::new(0);
            scan.advance(&text[..cut]);
            scan.advance(text);
            assert_eq!(scan.end(), Some(text.len() - " rest".len()));
        }
    }

    #[test]
    fn what_can_be_no_json_stops_it() {
        for (text, good) in [
            ("{\"a\":\"b\nc", 7),
            ("{\n```", 2),
            ("好", 0),
            ("{\"好\":好}", 7),
        ] {
            let mut scan = JsonScan::new(0);
            assert_eq!(scan.advance(text), good, "{text}");
            assert_eq!(scan.end(), None);
        }
    }
}
