//! How commands show what they found: tables for people, JSON for programs.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::Value;

/// Prints rows below a head, or says that there are none.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, none: &str) {
    if rows.is_empty() {
        return line(none);
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    line(&table.to_string());
}

/// Prints one JSON document.
pub(super) fn json(value: &Value) {
    line(&format!("{value:#}"));
}

/// Prints a line.
pub(super) fn line(text: &str) {
    // Whoever reads may have seen enough, as `head` has.
    let _reader_is_gone = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a line that is no result, for people.
pub(super) fn aside(text: &str) {
    let _reader_is_gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// A bar on standard error, where that is a terminal, until it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
        Self(bar.with_style(style))
    }

    /// One more is done.
    pub(super) fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A moment, in UTC; nothing for none.
pub(super) fn moment(unix_seconds: Option<i64>) -> String {
    let moment = unix_seconds.and_then(|at| Timestamp::from_second(at).ok());
    moment.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// How long until then, in the largest unit that tells something.
pub(super) fn left(until: u64, now: u64) -> String {
    match until.saturating_sub(now) {
        0 => "over".to_owned(),
        seconds => span(seconds),
    }
}

/// So long, in the largest unit that tells something.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Asks for a yes, unless it was given.
pub(super) fn confirm(question: &str, is_given: bool) -> anyhow::Result<()> {
    if is_given {
        return Ok(());
    }
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "{question} Type yes: ")?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    anyhow::ensure!(
        answer.trim() == "yes",
        "nothing was changed; --yes goes ahead unasked"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{left, moment};

    #[test]
    fn times_are_short_and_plain() {
        assert_eq!(moment(Some(1_795_608_000)), "2026-11-25 12:00");
        assert_eq!(moment(None), "");
        for (seconds, expected) in [
            (0, "over"),
            (5, "5 s"),
            (600, "10 min"),
            (7200, "2 h"),
            (200_000, "2 d"),
        ] {
            assert_eq!(left(1000 + seconds, 1000), expected);
        }
    }
}
