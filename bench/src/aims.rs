//! What the gateway aims for, beside what was measured. The aims are set here; the figures come
//! from the scenarios only. Used by `run` and `document`.

use crate::numbers::written;
use crate::table::Table;

/// The measured figures that an aim is about; `None` if this run did not measure it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) chats_per_core: Option<f64>,
    pub(crate) burst_chunk_us: Option<f64>,
    pub(crate) paced_chunk_us: Option<f64>,
    pub(crate) added_first_ms: Option<f64>,
    pub(crate) open_streams_mb: Option<f64>,
    pub(crate) idle_mb: Option<f64>,
    pub(crate) ready_ms: Option<f64>,
}

/// On which side of the aim a figure should be.
#[derive(Clone, Copy)]
enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

struct Row {
    what: &'static str,
    aim: Aim,
    unit: &'static str,
    decimals: usize,
    measured: Option<f64>,
}

/// The table of aims.
pub(crate) fn table(figures: &Figures) -> Table {
    let mut table = Table::new(&["What", "aim", "measured", "verdict"]);
    for row in rows(figures) {
        let (sign, aim) = match row.aim {
            Aim::AtLeast(aim) => ("≥", aim),
            Aim::AtMost(aim) => ("≤", aim),
        };
        let aim_decimals = usize::from(aim < 1.0);
        let unit = row.unit;
        let measured = match row.measured {
            Some(measured) => format!("{}{unit}", written(measured, row.decimals)),
            None => written(None, 0),
        };
        let aim = format!("{sign} {}{unit}", written(aim, aim_decimals));
        table.row(row.what, [aim, measured, row.verdict().to_owned()]);
    }
    table
}

impl Row {
    fn verdict(&self) -> &'static str {
        let is_met = self.measured.map(|measured| match self.aim {
            Aim::AtLeast(aim) => measured >= aim,
            Aim::AtMost(aim) => measured <= aim,
        });
        match is_met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "not measured",
        }
    }
}

fn rows(figures: &Figures) -> [Row; 7] {
    let row = |what, aim, unit, decimals, measured| Row {
        what,
        aim,
        unit,
        decimals,
        measured,
    };
    [
        row(
            "Whole streamed chats per second and core of the gateway",
            Aim::AtLeast(4000.0),
            "",
            0,
            figures.chats_per_core,
        ),
        row(
            "Gateway CPU per chunk, in bursts",
            Aim::AtMost(3.0),
            " µs",
            2,
            figures.burst_chunk_us,
        ),
        row(
            "Gateway CPU per chunk, paced",
            Aim::AtMost(12.0),
            " µs",
            2,
            figures.paced_chunk_us,
        ),
        row(
            "Added to the first text, median",
            Aim::AtMost(0.3),
            " ms",
            3,
            figures.added_first_ms,
        ),
        row(
            "RSS with 1,000 open streams",
            Aim::AtMost(60.0),
            " MB",
            1,
            figures.open_streams_mb,
        ),
        row(
            "RSS when idle",
            Aim::AtMost(30.0),
            " MB",
            1,
            figures.idle_mb,
        ),
        row(
            "Start until ready, median",
            Aim::AtMost(30.0),
            " ms",
            1,
            figures.ready_ms,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_plain() {
        let figures = Figures {
            chats_per_core: Some(4321.0),
            burst_chunk_us: Some(3.01),
            ready_ms: Some(30.0),
            ..Figures::default()
        };
        let text = table(&figures).render();
        let lines: Vec<&str> = text.lines().collect();
        let cells = |line: usize| -> Vec<&str> {
            let cells = lines[line].split('|').skip(2).map(str::trim);
            cells.take(3).collect()
        };
        assert_eq!(cells(2), ["≥ 4,000", "4,321", "met"]);
        assert_eq!(cells(3), ["≤ 3 µs", "3.01 µs", "not met"]);
        assert_eq!(cells(4), ["≤ 12 µs", "–", "not measured"]);
        assert_eq!(cells(5), ["≤ 0.3 ms", "–", "not measured"]);
        assert_eq!(cells(8), ["≤ 30 ms", "30.0 ms", "met"]);
    }
}
