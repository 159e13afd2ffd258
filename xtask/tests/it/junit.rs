//! Counting tests in the reports of the three runners.

use xtask::junit::{Counts, count};

fn counts(passed: usize, failed: usize, skipped: usize) -> Counts {
    Counts {
        passed,
        failed,
        skipped,
    }
}

#[test]
fn every_test_case_is_counted_once_by_how_it_ended() {
    let report = r#"<?xml version="1.0"?><testsuites tests="5"><testsuite name="a">
        <testcase name="passes" time="0.1"/>
        <testcase name="passes too"><system-out>text</system-out></testcase>
        <testcase name="fails"><failure message="a &lt; b">text</failure></testcase>
        <testcase name="breaks"><failure/><error type="t"></error></testcase>
        <testcase name="waits"><skipped/></testcase>
        </testsuite></testsuites>"#;
    assert_eq!(count(report), counts(2, 2, 1));
}

#[test]
fn text_that_looks_like_a_tag_is_not_one() {
    let report = r#"<testsuite><testcase name="a > b" class='"'>
        <system-out><![CDATA[<failure/> <testcase/>]]></system-out>
        <!-- <testcase name="commented"/> --></testcase></testsuite>"#;
    assert_eq!(count(report), counts(1, 0, 0));
}

#[test]
fn a_retried_test_that_passes_in_the_end_has_passed() {
    let report = r#"<testcase name="a"><flakyFailure message="m">x</flakyFailure></testcase>"#;
    assert_eq!(count(report), counts(1, 0, 0));
}

#[test]
fn a_report_cut_short_counts_what_is_whole() {
    assert_eq!(count("<testcase/><testcase name=\"b"), counts(1, 0, 0));
}
