//! How commands show what they found: tables for people, JSON for programs.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde_json::Value;

/// Prints rows below a head, or says that there are none.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, none: &str) {
    if rows.is_empty() {
        println!("{none}");
        return;
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    println!("{table}");
}

/// Prints one JSON document.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub(super) fn json(value: &Value) {
    println!("{value:#}");
}

/// Prints a line.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub(super) fn line(text: &str) {
    println!("{text}");
}

/// Prints a line that is no result, for people.
#[expect(clippy::print_stderr, reason = "the command's own output")]
pub(super) fn aside(text: &str) {
    eprintln!("{text}");
}

/// A moment, in UTC; nothing for none.
pub(super) fn moment(unix_seconds: Option<i64>) -> String {
    let moment = unix_seconds.and_then(|at| Timestamp::from_second(at).ok());
    moment.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// How long until then, in the largest unit that tells something.
pub(super) fn left(until: u64, now: u64) -> String {
    let seconds = until.saturating_sub(now);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Asks for a yes, unless it was given.
#[expect(clippy::print_stderr, reason = "the command's own output")]
pub(super) fn confirm(question: &str, is_given: bool) -> anyhow::Result<()> {
    if is_given {
        return Ok(());
    }
    eprint!("{question} Type yes: ");
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
        for (seconds, expected) in [(5, "5 s"), (600, "10 min"), (7200, "2 h"), (200_000, "2 d")] {
            assert_eq!(left(1000 + seconds, 1000), expected);
        }
    }
}
