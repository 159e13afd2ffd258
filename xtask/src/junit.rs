//! Counts the tests in a `JUnit` report. It reads tags, not the whole of XML, which
//! is enough for the reports of nextest, pytest and Node's test runner.
//! Called by `test_run` and the tests.

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Tests that ran and held.
    pub passed: usize,
    /// Tests that ran and did not, whether by an assertion or by an error.
    pub failed: usize,
    /// Tests that did not run.
    pub skipped: usize,
}

impl Counts {
    /// Adds another runner's counts to these.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Counts the `testcase` elements of a report by what is inside them.
pub fn count(report: &str) -> Counts {
    let mut counts = Counts::default();
    let mut outcome = Outcome::Passed;
    let mut rest = report;
    while let Some(tag) = next_tag(&mut rest) {
        let is_empty = tag.ends_with('/');
        let name = tag
            .split(|c: char| c.is_whitespace() || c == '/')
            .next()
            .unwrap_or_default();
        match name {
            "testcase" => {
                outcome = Outcome::Passed;
                if is_empty {
                    outcome.add_to(&mut counts);
                }
            }
            "failure" | "error" => outcome = Outcome::Failed,
            "skipped" if outcome == Outcome::Passed => outcome = Outcome::Skipped,
            _ if tag == "/testcase" => outcome.add_to(&mut counts),
            _ => {}
        }
    }
    counts
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Outcome {
    fn add_to(self, counts: &mut Counts) {
        match self {
            Self::Passed => counts.passed += 1,
            Self::Failed => counts.failed += 1,
            Self::Skipped => counts.skipped += 1,
        }
    }
}

/// Takes the text between the next `<` and its `>`, passing over comments and
/// character data, which may hold anything.
fn next_tag<'a>(rest: &mut &'a str) -> Option<&'a str> {
    loop {
        let (_, after) = rest.split_once('<')?;
        if let Some(comment) = after.strip_prefix("!--") {
            *rest = comment.split_once("-->")?.1;
        } else if let Some(data) = after.strip_prefix("![CDATA[") {
            *rest = data.split_once("]]>")?.1;
        } else {
            let end = tag_end(after)?;
            *rest = &after[end + 1..];
            return Some(&after[..end]);
        }
    }
}

/// The position of the `>` that is not inside an attribute's quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, character)| {
        match (quote, character) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        None
    })
}
