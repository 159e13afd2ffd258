//! What a check found, and how it is printed. Knows nothing about any one check.
//! Filled by `check_layers`, `check_size` and `generate`; printed by `cli` and
//! `test_run`.

use std::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The check fails.
    Failure,
    /// Worth a look; the check still passes.
    Warning,
}

/// One thing that a check has to say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The file, with a line where one is known.
    pub place: String,
    /// What is wrong, which rule says so, and what to do.
    pub message: String,
}

impl Finding {
    /// A finding that fails the check.
    pub fn failure(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Failure,
            place: place.into(),
            message: message.into(),
        }
    }

    /// A finding that does not fail the check.
    pub fn warning(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Failure => "error",
            Severity::Warning => "warning",
        };
        write!(formatter, "{word}: {}: {}", self.place, self.message)
    }
}

/// How many of the findings fail the check.
pub fn failures(findings: &[Finding]) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Failure)
        .count()
}

/// Prints the findings and a closing line; returns whether the check passed.
pub fn report(check: &str, findings: &[Finding]) -> bool {
    for finding in findings {
        eprintln!("{finding}");
    }
    let failed = failures(findings);
    let warned = findings.len() - failed;
    println!("{check}: {failed} errors, {warned} warnings");
    failed == 0
}
