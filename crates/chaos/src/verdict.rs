//! What was to be shown, and whether it held: as lines to read and as the report that the test
//! command counts. Made by `checks`, gathered by `run`.

use std::fmt::{Display, Write as _};

/// One property of one pass.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The pass, such as `kill -9 on SQLite`.
    pub(crate) pass: String,
    /// What was to be shown.
    pub(crate) property: &'static str,
    /// The figures, or what is wrong.
    pub(crate) result: Result<String, String>,
}

/// The verdicts of one pass.
#[derive(Debug)]
pub(crate) struct Verdicts {
    pass: String,
    all: Vec<Verdict>,
}

impl Verdicts {
    pub(crate) fn of(pass: &str) -> Self {
        Self {
            pass: pass.to_owned(),
            all: Vec::new(),
        }
    }

    /// A property that holds or does not; `figures` say in either case what was found.
    pub(crate) fn add(&mut self, property: &'static str, holds: bool, figures: impl Display) {
        let figures = figures.to_string();
        self.all.push(Verdict {
            pass: self.pass.clone(),
            property,
            result: if holds { Ok(figures) } else { Err(figures) },
        });
    }

    pub(crate) fn into_all(self) -> Vec<Verdict> {
        self.all
    }
}

impl Verdict {
    pub(crate) fn holds(&self) -> bool {
        self.result.is_ok()
    }

    pub(crate) fn line(&self) -> String {
        let (word, figures) = match &self.result {
            Ok(figures) => ("ok    ", figures),
            Err(reason) => ("FAILED", reason),
        };
        format!("{word} {}: {} ({figures})", self.pass, self.property)
    }
}

/// All of them as a `JUnit` report.
pub(crate) fn report(verdicts: &[Verdict]) -> String {
    let mut text = String::from("<testsuites><testsuite name=\"chaos\">\n");
    for it in verdicts {
        let (pass, property) = (escaped(&it.pass), escaped(it.property));
        // Writing to a string cannot fail.
        let _ = write!(text, "<testcase classname=\"{pass}\" name=\"{property}\"");
        let _ = match &it.result {
            Ok(_) => writeln!(text, "/>"),
            Err(reason) => {
                let reason = escaped(reason);
                writeln!(text, "><failure message=\"{reason}\"/></testcase>")
            }
        };
    }
    text.push_str("</testsuite></testsuites>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{Verdicts, report};

    #[test]
    fn a_failure_is_in_the_report_with_its_figures() {
        let mut verdicts = Verdicts::of("a pass");
        verdicts.add("this holds", true, "1 of 1");
        verdicts.add("this does not", false, "2 < 3");
        let all = verdicts.into_all();
        assert_eq!(all[1].line(), "FAILED a pass: this does not (2 < 3)");
        assert_eq!(
            report(&all),
            "<testsuites><testsuite name=\"chaos\">\n\
             <testcase classname=\"a pass\" name=\"this holds\"/>\n\
             <testcase classname=\"a pass\" name=\"this does not\">\
             <failure message=\"2 &lt; 3\"/></testcase>\n\
             </testsuite></testsuites>\n"
        );
    }
}
