//! The arguments of a call while its block arrives.
//!
//! Possible where the block begins with `name` and `arguments`, as models are shown it. They are
//! passed on as they are written and only as far as they may be JSON; whether they are right can
//! only be said of the whole block.

use super::json_text::JsonScan;

/// A longer beginning is not waited for: the call is then passed on whole.
const MAX_BEGINNING: usize = 1024;

/// Follows the arguments of one block.
#[derive(Debug)]
pub(super) struct ArgumentStream {
    state: State,
}

#[derive(Debug)]
enum State {
    /// The name is not yet there.
    Beginning,
    /// The arguments arrive; so much of the block was given out.
    Arguments { scan: JsonScan, given: usize },
    /// Nothing can be said before the end.
    Unknown,
}

/// What came of a look at the block.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arrived<'a> {
    /// The tool, when it has just become known.
    pub(super) name: Option<String>,
    /// More of the arguments.
    pub(super) piece: &'a str,
}

/// How a block begins.
enum Beginning {
    Known { name: String, arguments: usize },
    Incomplete,
    Other,
}

impl ArgumentStream {
    pub(super) fn new() -> Self {
        Self {
            state: State::Beginning,
        }
    }

    /// Leaves the rest of the block alone.
    pub(super) fn stop(&mut self) {
        self.state = State::Unknown;
    }

    /// Looks at `body`, the same as before with more behind it.
    pub(super) fn advance<'a>(&mut self, body: &'a str) -> Arrived<'a> {
        let mut arrived = Arrived::default();
        if let State::Beginning = self.state {
            match read_beginning(body) {
                Beginning::Known { name, arguments } if arguments <= MAX_BEGINNING => {
                    arrived.name = Some(name);
                    self.state = State::Arguments {
                        scan: JsonScan::new(arguments),
                        given: arguments,
                    };
                }
                Beginning::Incomplete if body.len() <= MAX_BEGINNING => {}
                _ => self.stop(),
            }
        }
        if let State::Arguments { scan, given } = &mut self.state {
            let end = scan.advance(body);
            arrived.piece = &body[*given..end];
            *given = end;
        }
        arrived
    }
}

/// Reads `{"name":"…","arguments":` up to the brace of the arguments.
fn read_beginning(body: &str) -> Beginning {
    let read = || {
        let mut rest = body;
        expect(&mut rest, "{")?;
        expect(&mut rest, "\"name\"")?;
        expect(&mut rest, ":")?;
        let name = expect_string(&mut rest)?;
        expect(&mut rest, ",")?;
        expect(&mut rest, "\"arguments\"")?;
        expect(&mut rest, ":")?;
        let arguments = rest.trim_start_matches(super::grammar::BLANK);
        let at = body.len() - arguments.len();
        expect(&mut rest, "{")?;
        Ok((name, at))
    };
    match read() {
        Ok((name, arguments)) => Beginning::Known { name, arguments },
        Err(other) => other,
    }
}

/// Takes white space and `token` from the beginning of `rest`.
fn expect(rest: &mut &str, token: &str) -> Result<(), Beginning> {
    let text = rest.trim_start_matches(super::grammar::BLANK);
    match text.strip_prefix(token) {
        Some(later) => *rest = later,
        None if token.starts_with(text) => return Err(Beginning::Incomplete),
        None => return Err(Beginning::Other),
    }
    Ok(())
}

/// Takes white space and a string of JSON from the beginning of `rest`.
fn expect_string(rest: &mut &str) -> Result<String, Beginning> {
    expect(rest, "\"")?;
    let mut is_escaped = false;
    let end = rest.find(|character| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    });
    let Some(end) = end else {
        return Err(Beginning::Incomplete);
    };
    let text = format!("\"{}\"", &rest[..end]);
    *rest = &rest[end + 1..];
    serde_json::from_str(&text).map_err(|_| Beginning::Other)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::ArgumentStream;

    #[rstest]
    #[case::ordinary(r#"{"name":"f","arguments":{"a":[1]}}"#, Some("f"), r#"{"a":[1]}"#)]
    #[case::spaced(
        "{ \"name\" :\"f\\\"好\",\n\"arguments\": {\n}\n}",
        Some("f\"好"),
        "{\n}"
    )]
    #[case::cut(r#"{"name":"f","arguments":{"a":"长"#, Some("f"), r#"{"a":"长"#)]
    #[case::broken("{\"name\":\"f\",\"arguments\":{\"a\":\n```\n", Some("f"), "{\"a\":\n")]
    #[case::other_order(r#"{"arguments":{},"name":"f"}"#, None, "")]
    #[case::no_object(r#"{"name":"f","arguments":"{}"}"#, None, "")]
    #[case::text(r#"{"name":"f","input":"x"}"#, None, "")]
    fn arguments_are_given_out_as_they_arrive(
        #[case] body: &str,
        #[case] name: Option<&str>,
        #[case] arguments: &str,
    ) {
        let mut stream = ArgumentStream::new();
        let (mut names, mut given) = (Vec::new(), String::new());
        for end in (0..=body.len()).filter(|end| body.is_char_boundary(*end)) {
            let arrived = stream.advance(&body[..end]);
            names.extend(arrived.name);
            given.push_str(arrived.piece);
        }
        assert_eq!(names, Vec::from_iter(name));
        assert_eq!(given, arguments);
    }
}
