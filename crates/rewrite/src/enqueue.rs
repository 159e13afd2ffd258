//! The calls in a document that hand loader data to the router.
//!
//! Each has one string literal. The strings make one stream, whose lines need not end where a
//! string ends, so all calls of a document are patched together.

use std::ops::Range;

use memchr::memmem;

use crate::flat;
use crate::patch::Patcher;
use crate::script_text::{literal_length, quote, unquote};

/// One call's literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Where it stands in its script, quotes included.
    pub(crate) range: Range<usize>,
    /// What it says.
    pub(crate) text: String,
}

/// The literals in one script, in order.
pub(crate) fn literals(script: &str, calls: &[String]) -> Vec<Literal> {
    let mut found: Vec<Literal> = calls
        .iter()
        .flat_map(|call| {
            memmem::find_iter(script.as_bytes(), call.as_bytes()).map(|at| at + call.len())
        })
        .filter_map(|at| literal_after(script, at))
        .collect();
    found.sort_by_key(|literal| literal.range.start);
    found.dedup_by_key(|literal| literal.range.start);
    found
}

fn literal_after(script: &str, at: usize) -> Option<Literal> {
    let argument = script
        .get(at..)?
        .trim_start()
        .strip_prefix('(')?
        .trim_start();
    let start = script.len() - argument.len();
    let length = literal_length(argument)?;
    Some(Literal {
        text: unquote(argument.get(..length)?)?,
        range: start..start + length,
    })
}

/// New literals for `old`, patched as one stream; `None` when there is nothing to patch.
pub(crate) fn patch(old: &[&Literal], patcher: &mut Patcher<'_>) -> Option<Vec<String>> {
    let stream: String = old.iter().map(|literal| literal.text.as_str()).collect();
    let lines = flat::patch(&stream, patcher)?;
    let mut new = vec![String::new(); old.len()];
    // Each line goes to the literal that it starts in.
    let mut owner = 0;
    let mut end_of_owner = old.first().map_or(0, |literal| literal.text.len());
    let mut start = 0;
    for (line, old_line) in lines.iter().zip(stream.split_inclusive('\n')) {
        while start >= end_of_owner
            && let Some(next) = old.get(owner + 1)
        {
            owner += 1;
            end_of_owner += next.text.len();
        }
        if let Some(text) = new.get_mut(owner) {
            text.push_str(line);
        }
        start += old_line.len();
    }
    Some(new.iter().map(|text| quote(text)).collect())
}

/// The script with its literals exchanged.
pub(crate) fn exchange(script: &str, old: &[Literal], new: &[String]) -> String {
    let mut out = String::with_capacity(script.len());
    let mut rest = 0;
    for (old, new) in old.iter().zip(new) {
        out.push_str(script.get(rest..old.range.start).unwrap_or_default());
        out.push_str(new);
        rest = old.range.end;
    }
    out.push_str(script.get(rest..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::{exchange, literals};

    #[test]
    fn calls_are_found_with_their_literals() {
        let script = "window.__r.streamController.enqueue(\"[1]\\n\");\n\
                      x.streamController.enqueue( 'P2:[3]' ); streamController.enqueue(y);\
                      streamController.close();";
        let found = literals(script, &["streamController.enqueue".to_owned()]);
        let texts: Vec<_> = found.iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(texts, ["[1]\n", "P2:[3]"]);
        let new = exchange(script, &found, &["\"a\"".to_owned(), "\"b\"".to_owned()]);
        assert!(new.starts_with("window.__r.streamController.enqueue(\"a\");"));
        assert!(new.contains("enqueue( \"b\" ); streamController.enqueue(y);"));
    }
}
