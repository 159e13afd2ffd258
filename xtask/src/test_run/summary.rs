//! What all steps of a test run came to: a table and one closing line. The form
//! of that line, `N passed, N failed`, is read by machines and stays as it is.
//! Filled and printed by `test_run`.

use std::time::Duration;

use crate::junit::Counts;

const NAME_WIDTH: usize = 18;

/// How one step went.
pub(crate) struct StepResult {
    pub(crate) name: &'static str,
    pub(crate) counts: Counts,
    pub(crate) duration: Duration,
}

/// The steps so far, in order.
#[derive(Default)]
pub(crate) struct Summary {
    steps: Vec<StepResult>,
}

impl Summary {
    pub(crate) fn add(&mut self, step: StepResult) {
        self.steps.push(step);
    }

    /// Whether nothing failed.
    pub(crate) fn holds(&self) -> bool {
        self.total().failed == 0
    }

    /// Prints the table, then the totals as the very last line.
    pub(crate) fn print(&self) {
        println!("\n=== summary ===");
        for step in &self.steps {
            println!("{}", row(step));
        }
        let total = self.total();
        println!("{} passed, {} failed", total.passed, total.failed);
    }

    fn total(&self) -> Counts {
        let mut total = Counts::default();
        for step in &self.steps {
            total.add(step.counts);
        }
        total
    }
}

fn row(step: &StepResult) -> String {
    let Counts {
        passed,
        failed,
        skipped,
    } = step.counts;
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    let seconds = step.duration.as_secs_f64();
    let tests = match (passed, failed, skipped) {
        (0, _, 0) => String::new(),
        (_, _, 0) => format!("{passed} passed, {failed} failed"),
        _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
    };
    let line = format!(
        "{:NAME_WIDTH$}{verdict:8}{seconds:>7.1} s  {tests}",
        step.name
    );
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Counts, Duration, StepResult, Summary};

    fn step(passed: usize, failed: usize) -> StepResult {
        StepResult {
            name: "a step",
            counts: Counts {
                passed,
                failed,
                skipped: 0,
            },
            duration: Duration::from_millis(1500),
        }
    }

    #[test]
    fn totals_are_summed_over_the_steps() {
        let mut summary = Summary::default();
        summary.add(step(3, 0));
        assert!(summary.holds());
        summary.add(step(4, 2));
        assert!(!summary.holds());
        assert_eq!((summary.total().passed, summary.total().failed), (7, 2));
    }

    #[test]
    fn a_check_without_tests_has_no_counts_in_its_row() {
        assert_eq!(
            super::row(&step(0, 0)),
            "a step            ok          1.5 s"
        );
    }
}
