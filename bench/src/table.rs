//! A table as Markdown with even columns, so that it reads well in a terminal too. Pure; used by
//! `aims`, `document` and the scenarios.

use std::fmt::Write as _;

/// A table; its first row is the heading.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self {
            rows: vec![heading.iter().map(|&cell| cell.to_owned()).collect()],
        }
    }

    pub(crate) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        let mut row = vec![name.to_owned()];
        row.extend(cells);
        self.rows.push(row);
    }

    /// The table as text. The first column is set to the left, the others to the right.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            write_row(&mut text, row, &widths);
            if index == 0 {
                write_rule(&mut text, &widths);
            }
        }
        text
    }

    /// The width of each column; a rule needs at least three dashes.
    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(|column| width(column).max(3)).collect()
    }
}

// Writing to a string cannot fail.

fn write_row(text: &mut String, row: &[String], widths: &[usize]) {
    for (column, width) in widths.iter().enumerate() {
        let cell = row.get(column).map_or("", String::as_str);
        let _ = if column == 0 {
            write!(text, "| {cell:<width$} ")
        } else {
            write!(text, "| {cell:>width$} ")
        };
    }
    text.push_str("|\n");
}

fn write_rule(text: &mut String, widths: &[usize]) {
    for (column, width) in widths.iter().enumerate() {
        let dashes = "-".repeat(width - usize::from(column > 0));
        let colon = if column > 0 { ":" } else { "" };
        let _ = write!(text, "| {dashes}{colon} ");
    }
    text.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_even() {
        let mut table = Table::new(&["Figure", "info"]);
        table.row("µs per chat", ["12.5".to_owned()]);
        table.row("x", ["1,234.0".to_owned()]);
        assert_eq!(
            table.render(),
            "| Figure      |    info |\n\
             | ----------- | ------: |\n\
             | µs per chat |    12.5 |\n\
             | x           | 1,234.0 |\n"
        );
    }

    #[test]
    fn short_rows_are_filled_up() {
        let mut table = Table::new(&["a", "b"]);
        table.row("c", []);
        assert_eq!(
            table.render(),
            "| a   |   b |\n| --- | --: |\n| c   |     |\n"
        );
    }
}
